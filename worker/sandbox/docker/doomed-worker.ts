import { json } from 'node:stream/consumers';
import type { Command } from '../port.ts';
import type { SandboxOptions } from './options.ts';
import { DockerSandboxes } from './sandboxes.ts';

/** Whose commands the doomed worker runs. */
export const DOOMED_UID = 70_900;

interface DoomedOrder {
  options: SandboxOptions;
  sessionId: string;
  command: Command;
}

/** A worker process for tests to kill: runs one command and passes its output on. */
async function main(): Promise<void> {
  const { options, sessionId, command } = (await json(process.stdin)) as DoomedOrder;
  const worker = new DockerSandboxes({ ...options, uidFor: async () => DOOMED_UID, onNote: () => {} });
  const sandbox = await worker.open({ sessionId, userId: 'usr_doomed' });
  await sandbox.run(command, { onOutput: (text) => process.stdout.write(text) });
}

if (import.meta.main) await main();
