/** The tools Deckhand brings, which a template may name; a test holds it against what agents are really offered. */
export const ownTools = [
  'exec_command',
  'read_file',
  'write_file',
  'update_plan',
  'send_file',
  'read_skill',
  'find_skills',
  'read_thread',
  'ask_person',
  'list_schedules',
  'propose_schedule',
  'delete_schedule',
  'answer_server',
] as const;

/** Does a template's word mean this tool? `server__*` means all tools of a server. */
export function namesTool(word: string, tool: string): boolean {
  return word.endsWith('__*') ? tool.startsWith(word.slice(0, -1)) : word === tool;
}
