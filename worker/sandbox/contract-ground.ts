import { randomUUID } from 'node:crypto';
import type { Command, Sandbox, Sandboxes } from './port.ts';

/** A machine under test. */
export interface SandboxHost {
  /** One more worker on the same machine: same sessions, nothing else shared. */
  worker(): Sandboxes;
}

/** A command with limits that no test meets by chance. */
export function commandOf(script: string, more: Partial<Command> = {}): Command {
  return {
    key: `key-${randomUUID()}`,
    script,
    timeoutMs: 20_000,
    maxOutputBytes: 10_000,
    maxFileBytes: 1_000_000,
    ...more,
  };
}

export function newSession(): string {
  return `ses_${randomUUID().replaceAll('-', '')}`;
}

/** A session's sandbox as Ana uses it. */
export const open = (sandboxes: Sandboxes, sessionId = newSession(), epoch?: number): Promise<Sandbox> =>
  sandboxes.open({ sessionId, userId: 'usr_ana', ...(epoch === undefined ? {} : { epoch }) });

/** Hands a test its workers and closes them after it. */
export function withWorkers(
  host: SandboxHost,
  work: (worker: () => Sandboxes) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const workers: Sandboxes[] = [];
    try {
      await work(() => {
        const made = host.worker();
        workers.push(made);
        return made;
      });
    } finally {
      await Promise.all(workers.map((made) => made.close()));
    }
  };
}
