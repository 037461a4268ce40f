import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { newSession } from '../contract-ground.ts';
import { FIRST_UID } from './options.ts';
import { DockerSandboxes } from './sandboxes.ts';

const home = await mkdtemp(join(tmpdir(), 'deckhand-deadlines-'));
const sockets = new Set<Socket>();
/** An engine that takes every request and answers none: what a hung dockerd is to its clients. */
const silent = createServer((socket) => {
  sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}));
  socket.resume();
});
const path = join(home, 'engine.sock');
await new Promise<void>((resolve) => silent.listen(path, resolve));
after(async () => {
  for (const socket of sockets) socket.destroy();
  silent.close();
  await rm(home, { recursive: true });
});

const sandboxes = new DockerSandboxes({
  docker: `unix://${path}`,
  instance: 'silent',
  home,
  image: 'none',
  helper: '/none',
  runtime: 'runc',
  memoryMb: 64,
  cpus: 1,
  pids: 64,
  diskMb: 16,
  idleSeconds: 600,
  engineMs: 150,
  uidFor: async () => FIRST_UID,
  onNote: () => {},
});
const sessionId = newSession();

for (const [what, work] of [
  ['opening', () => sandboxes.open({ sessionId, userId: 'usr_ana' })],
  ['reaping', () => sandboxes.reap(async (ids) => new Set(ids))],
  ['closing for all', () => sandboxes.close({ all: true })],
] as const) {
  test(`an engine that does not answer ends ${what} in time, with what to do`, async () => {
    await assert.rejects(work(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'sandbox.unavailable');
      assert.match(error.message, /did not answer within 1 s .*docker info/);
      return true;
    });
  });
}

test('an engine that does not answer ends the tidying of a turn in time, where somebody had worked', async () => {
  const { addPerson, openRunFolder } = await import('./people.ts');
  await addPerson(await openRunFolder(home, sessionId), FIRST_UID);
  await assert.rejects(sandboxes.endTurn(sessionId), { code: 'sandbox.unavailable' });
});

test('requests that were given up leave no connection behind', async () => {
  const until = Date.now() + 5000;
  while (sockets.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(sockets.size, 0);
});
