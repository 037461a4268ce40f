import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Line } from '#core/turns/ports.ts';

/** Between a line that was cut and the next try. */
const retryMs = 200;

/**
 * Holds a worker's line: a connection with a lock under the worker's name. The system ends the connection with the
 * process, also after `kill -9`, and Postgres lets go of the lock at once: the sweep then knows that nobody is there
 * (`sweep_turns`). A line that is cut is made anew; meanwhile the worker's beats say that it lives.
 */
export function holdLine(connect: () => pg.Client, workerId: string): Line {
  const closing = new AbortController();
  let client: pg.Client | null = null;

  async function hold(): Promise<void> {
    client = connect();
    client.on('error', () => {});
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    client.once('end', resolve);
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock(worker_line($1))', [workerId]);
      await client.query('UPDATE worker SET line = true, seen_at = now() WHERE id = $1', [workerId]);
      if (!closing.signal.aborted) await ended;
    } finally {
      await client.end().catch(() => {});
    }
  }

  async function keep(): Promise<void> {
    while (!closing.signal.aborted) {
      await hold().catch(() => {});
      await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const kept = keep();
  return {
    close: async () => {
      closing.abort();
      await client?.end().catch(() => {});
      await kept;
    },
  };
}
