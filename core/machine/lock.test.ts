import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { holderOf, type Lock, takeLock } from '#core/machine/lock.ts';
import { identityOf } from '#core/machine/process-identity.ts';

function lockFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'lock');
}

const isLock = (taken: Awaited<ReturnType<typeof takeLock>>): taken is Lock => 'release' in taken;

test('a lock is held once, names its holder, and leaves no file when released', async (t) => {
  const file = lockFile(t);
  const lock = await takeLock(file, 0);
  assert.ok(isLock(lock));
  const second = await takeLock(file, 0);
  assert.ok(!isLock(second));
  assert.equal(second.pid, process.pid);
  lock.release();
  assert.deepEqual(readdirSync(join(file, '..')), []);
});

test('who waits gets the lock when it is released', async (t) => {
  const file = lockFile(t);
  const lock = await takeLock(file, 0);
  const waiting = takeLock(file, 5_000);
  assert.ok(isLock(lock));
  lock.release();
  assert.ok(isLock(await waiting));
});

test('the lock of a dead process is taken over, also when its number lives on in another process', async (t) => {
  const file = lockFile(t);
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  const dead = [
    { pid: child.pid, started: '1' },
    { pid: process.ppid, started: '1' },
  ];
  for (const holder of [...dead.map((one) => JSON.stringify(one)), '', '{"pid":']) {
    writeFileSync(file, holder);
    assert.equal(holderOf(file), null);
    const lock = await takeLock(file, 0);
    assert.ok(isLock(lock), holder);
    lock.release();
  }
});

test('of many processes that find a dead lock at once, one gets it', async (t) => {
  const file = lockFile(t);
  writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
  const script = `import { takeLock } from '#core/machine/lock.ts';
    const lock = await takeLock(${JSON.stringify(file)}, 0);
    process.send('release' in lock);
    process.once('message', () => process.exit());`;
  const children = Array.from({ length: 8 }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  );
  const got = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0]));
  for (const child of children) child.send('end');
  assert.equal(got.filter(Boolean).length, 1);
});

test('a process is known by its start, and a zombie is none', () => {
  assert.deepEqual(identityOf(process.pid), identityOf(process.pid));
  assert.equal(identityOf(2 ** 22 + 1), null);
});
