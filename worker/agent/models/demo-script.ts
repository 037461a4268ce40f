/** What the demo model does next: call tools, or answer. */
export type Move = { calls: DemoCall[] } | { answer: string };

export interface DemoCall {
  name: string;
  args: Record<string, unknown>;
}

/** A call it has made for this request, with what came of it. */
export interface DemoCallDone extends DemoCall {
  output: string;
}

export const footer =
  '_I am the demo model: scripted, no AI. An administrator sets OPENAI_API_KEY in `.env` for a real one._';

const help = `Hello! I am Deckhand, and I can show you how I work. Try one of these:
\`$ uname -a\` runs a command (several lines, each with \`$\`: at the same time) · \`careful $ date\` asks you first · \`plan build, test, report\` shows a plan
\`use server__tool {"argument": 1}\` calls a tool of a server · \`write notes.md: some text\`, \`read notes.md\` and \`send notes.md\` work with files of this thread`;

const maxQuoted = 4000;
const maxPlanItems = 8;

/** The next move for a request, given what was done for it so far. Pure: the demo model remembers nothing. */
export function nextMove(request: string, done: readonly DemoCallDone[]): Move {
  const text = request.trim();
  const move = runScript(text, done) ??
    toolScript(text, done) ??
    fileScript(text, done) ??
    planScript(text, done) ?? { answer: help };
  return 'calls' in move ? move : { answer: `${move.answer}\n\n${footer}` };
}

function runScript(text: string, done: readonly DemoCallDone[]): Move | null {
  const careful = /^careful\s+\$\s*(\S[\s\S]*)$/i.exec(text)?.[1];
  const commands = careful ? [careful] : commandsOf(text);
  if (commands.length === 0) return null;
  if (done.length > 0) return { answer: done.map(told).join('\n\n') };
  const extra = careful ? { careful: true, why: 'The message asked me to be careful with it.' } : {};
  return { calls: commands.map((cmd) => ({ name: 'exec_command', args: { cmd, ...extra } })) };
}

/** Lines that each begin with `$` are commands of their own; anything else after a `$` is one script. */
function commandsOf(text: string): string[] {
  if (!text.startsWith('$')) return [];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const parts = lines.every((line) => line.trimStart().startsWith('$')) ? lines : [text];
  return parts.map((part) => part.trimStart().slice(1).trim()).filter((command) => command !== '');
}

/** Each line calls one tool by its name, all of them at the same time. */
function toolScript(text: string, done: readonly DemoCallDone[]): Move | null {
  const lines = text.split('\n').map((line) => /^use\s+(\w[\w-]*)\s*(\{.*\})?$/i.exec(line.trim()));
  const calls = lines.flatMap((line) => {
    const args = line && argumentsOf(line[2]);
    return args ? [{ name: line[1] ?? '', args }] : [];
  });
  if (calls.length === 0 || calls.length < lines.length) return null;
  if (done.length === 0) return { calls };
  return { answer: done.map(({ name, output }) => `\`${name}\`:\n${quoted(output)}`).join('\n\n') };
}

function argumentsOf(text = '{}'): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function fileScript(text: string, done: readonly DemoCallDone[]): Move | null {
  const [, path, content] = /^write\s+(\S+?):\s?([\s\S]*)$/i.exec(text) ?? [];
  const [, verb, target] = /^(read|send)\s+(\S+)$/i.exec(text) ?? [];
  const first = done[0];
  if (path !== undefined) {
    if (first) return { answer: first.output };
    return { calls: [{ name: 'write_file', args: { path, content } }] };
  }
  if (verb === undefined || target === undefined) return null;
  const reads = verb.toLowerCase() === 'read';
  if (!first) return { calls: [{ name: reads ? 'read_file' : 'send_file', args: { path: target } }] };
  return { answer: reads ? `\`${target}\`:\n\n${quoted(first.output)}` : first.output };
}

function planScript(text: string, done: readonly DemoCallDone[]): Move | null {
  const list = /^plan\s+(\S[\s\S]*)$/i.exec(text)?.[1];
  if (list === undefined) return null;
  const named = list.split(/[,\n]/).map((title) => title.trim().slice(0, 100));
  const titles = named.filter((title) => title !== '').slice(0, maxPlanItems);
  if (titles.length === 0) return null;
  // One plan update opens each item, a last one closes the plan.
  const at = done.filter((call) => call.name === 'update_plan').length;
  if (at > titles.length) {
    const lines = titles.map((title) => `- ${title}`).join('\n');
    return { answer: `The plan is done, item by item:\n${lines}` };
  }
  const items = titles.map((title, index) => ({ title, state: stateOf(index, at) }));
  const plan: DemoCall = { name: 'update_plan', args: { plan: items } };
  const title = titles[at];
  return title === undefined ? { calls: [plan] } : { calls: [plan, workOn(title)] };
}

function stateOf(index: number, at: number): 'pending' | 'active' | 'done' {
  if (index < at) return 'done';
  return index === at ? 'active' : 'pending';
}

function workOn(title: string): DemoCall {
  const word = `'${title.replaceAll("'", `'\\''`)}'`;
  return { name: 'exec_command', args: { cmd: `sleep 1; echo ${word}` } };
}

/** What came of a command, for the answer. */
function told({ args, output }: DemoCallDone): string {
  const cmd = String(args.cmd);
  const shown =
    cmd.includes('\n') || cmd.includes('`') ? 'the command' : `\`${cmd.slice(0, 200).toWellFormed()}\``;
  if (output.startsWith('Nobody answered in time.'))
    return `Nothing was run: nobody answered in time whether ${shown} may run.`;
  const denier = /^Denied by (.*)\. Nothing was run\./.exec(output)?.[1];
  if (denier !== undefined) return `Nothing was run: ${denier} denied ${shown}.`;
  const [head = '', ...rest] = output.split('\nOutput:\n');
  const code = /^Exit code: (\d+)$/m.exec(head)?.[1];
  if (code === undefined && rest.length === 0) return `${shown}: ${output}`;
  const remarks = head.split('\n').filter((line) => !/^(Exit code|Wall time): /.test(line));
  const ending = code === undefined ? 'no exit code' : `exit code ${code}`;
  return [`${shown}: ${ending}`, ...remarks, quoted(rest.join('\nOutput:\n'))].join('\n');
}

/** A code block that its content cannot leave, bounded. */
function quoted(text: string): string {
  const whole = text.trimEnd();
  if (whole === '') return '(no output)';
  const cut = whole.length <= maxQuoted ? whole : `${whole.slice(0, maxQuoted).toWellFormed()}\n…`;
  const longest = Math.max(2, ...[...cut.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${cut}\n${fence}`;
}
