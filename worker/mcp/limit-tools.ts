import type { PinnedTool } from '#core/mcp/types.ts';

/** All tools of a turn's servers together, in bytes: they stand in the log and in every request to a model. */
export const maxPinnedBytes = 256 * 1024;

/** Takes as many tools as fit, in the order given. Pure. */
export function limitTools(tools: readonly PinnedTool[]): { tools: PinnedTool[]; notes: string[] } {
  const taken: PinnedTool[] = [];
  let left = maxPinnedBytes;
  for (const tool of tools) {
    left -= Buffer.byteLength(JSON.stringify(tool));
    if (left < 0) break;
    taken.push(tool);
  }
  const over = tools.slice(taken.length);
  if (over.length === 0) return { tools: taken, notes: [] };
  const names = [...new Set(over.map(({ server }) => server))].join(', ');
  const note = `${over.length} tools of ${names} are left out: together the tools are too large for a turn. The template can list those that matter.`;
  return { tools: taken, notes: [note] };
}
