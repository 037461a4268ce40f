import { z } from 'zod';
import type { Performance, Performed } from '#core/events/journal-port.ts';
import type { Command, CommandResult, CommandWatch, Sandbox } from '#worker/sandbox/port.ts';
import { commandApproval } from '../approvals.ts';
import type { Mark } from '../context/mark.ts';
import { defineTool, type ToolScope } from './tool.ts';
import { inWorkspace, oneLine } from './words.ts';

const parameters = z.object({
  cmd: z.string().min(1).max(100_000).describe('The command, given to bash.'),
  workdir: z.string().max(1000).nullish().describe('Folder to run it in. Default: /workspace.'),
  timeout_ms: z.number().int().min(1).nullish().describe('End it after this time, in milliseconds.'),
  careful: z
    .boolean()
    .nullish()
    .describe('true: people in the thread are asked first. For what cannot be taken back.'),
  why: z.string().max(2000).nullish().describe('If careful: why it should be done, for those who are asked.'),
});

type Args = z.infer<typeof parameters>;

/** What the model sees of a command's output, and what its file may hold. */
const maxOutputBytes = 24 * 1024;
const maxFileBytes = 64 * 1024 * 1024;

/** Runs a command in the sandbox until it ends, its time is over, or somebody stops the turn. */
export const execCommand = defineTool<Args, CommandResult>({
  name: 'exec_command',
  description:
    'Runs a command with bash in the sandbox and waits until it ends. Output and error output come back together; long output is cut in the middle and kept in a file (its first 64 MiB). There is no terminal and no standard input. What a command leaves running in the background ends with the turn, and when the turn waits for people.',
  parameters,
  kind: 'command',
  inDoubt: 'attach',
  title: ({ cmd }) => `$ ${oneLine(cmd)}`,
  approval({ cmd, workdir: given, timeout_ms: timeoutMs = null, careful, why }) {
    const workdir = folderOf(given);
    const request = commandApproval({ cmd, workdir, careful: careful ?? null, why: why ?? null });
    return request && { request, exact: { tool: 'exec_command', cmd, workdir, timeoutMs } };
  },
  perform: run,
  render: ({ result }, mark) => describeResult(result, mark),
});

async function run(args: Args, scope: ToolScope, how: Performance): Promise<Performed<CommandResult>> {
  const command: Command = {
    key: scope.commandKey,
    script: args.cmd,
    workdir: folderOf(args.workdir),
    timeoutMs: Math.min(args.timeout_ms ?? scope.commandTimeoutMs, scope.commandTimeoutMs),
    maxOutputBytes,
    maxFileBytes,
  };
  const sandbox = await scope.sandbox();
  if (scope.cancel.aborted) return settled(withoutTrace('cancelled'));
  const watch = { onOutput: scope.onOutput, signal: scope.cancel };
  return settled(how.inDoubt ? await attach(sandbox, command, watch) : await sandbox.run(command, watch));
}

/**
 * The result of a command that may have begun. One that left no trace is not begun: something harmless takes its key, so
 * that a worker that was paused before it began it can begin it no more (I8).
 */
async function attach(sandbox: Sandbox, command: Command, watch: CommandWatch): Promise<CommandResult> {
  const word = `key taken: ${command.key}`;
  const unknown = (await sandbox.find(command.key)) === 'unknown';
  const result = unknown
    ? await sandbox.run({ ...command, script: `echo '${word}'` }, { signal: watch.signal })
    : await sandbox.run(command, watch);
  // Found by this word also by whoever comes after a worker that took the key and died.
  return result.output.includes(word) ? { ...withoutTrace('interrupted'), note: result.note } : result;
}

function folderOf(workdir: string | null | undefined): string {
  return inWorkspace(workdir ?? '.');
}

function settled(result: CommandResult): Performed<CommandResult> {
  if (result.outcome === 'interrupted') return { outcome: 'interrupted', result };
  return { outcome: result.outcome === 'exited' && result.exitCode === 0 ? 'done' : 'failed', result };
}

function withoutTrace(outcome: 'cancelled' | 'interrupted'): CommandResult {
  return { outcome, exitCode: null, output: '', outputBytes: 0, outputFile: null, durationMs: 0, note: null };
}

const endings: Record<CommandResult['outcome'], string> = {
  exited: 'It ended by itself.',
  signalled: 'It was ended by a signal.',
  timed_out: 'It was ended because its time was over.',
  cancelled: 'It was stopped because people stopped the turn.',
  interrupted:
    'It was interrupted: it may or may not have run. Look what became of it before you run it again.',
};

function describeResult(result: CommandResult, mark: Mark): string {
  const { outcome, exitCode, output, outputBytes, outputFile, durationMs, note } = result;
  const lines = [
    exitCode === null ? 'Exit code: none' : `Exit code: ${exitCode}`,
    `Wall time: ${(durationMs / 1000).toFixed(1)} seconds`,
  ];
  if (outcome !== 'exited') lines.push(endings[outcome]);
  if (note) lines.push(`Note: ${note}`);
  if (outputFile) lines.push(`The output (${outputBytes} bytes) is cut; more of it lies in ${outputFile}`);
  return `${lines.join('\n')}\nOutput:\n${mark(output, 'output of the command')}`;
}
