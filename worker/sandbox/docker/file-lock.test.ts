import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withFileLock } from './file-lock.ts';

test('work under one lock never overlaps, and the lock of a dead process is taken over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-lock-'));
  try {
    const dead = spawn('true');
    await once(dead, 'exit');
    await writeFile(join(folder, 'lock'), String(dead.pid));
    let inside = 0;
    const work = async () => {
      inside += 1;
      await new Promise(setImmediate);
      assert.equal(inside, 1);
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withFileLock(join(folder, 'lock'), 5000, work)));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a lock that is never given back ends in an error that names its owner', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-lock-'));
  try {
    await writeFile(join(folder, 'lock'), String(process.pid));
    await assert.rejects(
      withFileLock(join(folder, 'lock'), 0, async () => {}),
      {
        code: 'lock.timeout',
        message: new RegExp(`Process ${process.pid} `),
      },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
