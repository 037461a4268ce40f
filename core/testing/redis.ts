import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '#core/machine/ports.ts';
import type { Releases } from './last-first.ts';

export interface TestRedis {
  url: string;
  /** From now on it neither answers nor hangs up. */
  freeze(): void;
  thaw(): void;
}

/** A real Redis of the test's own, on a free port, gone when the test ends. `npm test` makes sure of the program. */
export async function openTestRedis(t: Releases): Promise<TestRedis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-redis-'));
  const server = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const freeze = () => void server.kill('SIGSTOP');
  const thaw = () => void server.kill('SIGCONT');
  t.after(async () => {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
  for await (const line of createInterface(server.stdout)) {
    if (line.includes('Ready to accept connections'))
      return { url: `redis://127.0.0.1:${port}`, freeze, thaw };
  }
  throw new Error('redis-server ended before it was ready');
}
