import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, test } from 'node:test';
import tar from 'tar-stream';
import { FIRST_UID, WORKSPACE_GID } from './options.ts';
import { packWorkspace, unpackWorkspace } from './snapshot-tar.ts';

const folder = await mkdtemp(join(tmpdir(), 'deckhand-snapshot-'));
after(() => rm(folder, { recursive: true }));
const empty = async (name: string) => {
  await mkdir(join(folder, name, 'root'), { recursive: true });
  await writeFile(join(folder, name, 'outside'), 'outside');
  return join(folder, name, 'root');
};

test('a workspace comes back with its files, owners, links and times; what could harm does not', async () => {
  const [from, to] = [await empty('from'), await empty('to')];
  await mkdir(join(from, 'a/b'), { recursive: true });
  await writeFile(join(from, 'a/b/ümlaut.txt'), 'content');
  await writeFile(join(from, 'a/rooted'), '#!/bin/sh\n');
  await link(join(from, 'a/b/ümlaut.txt'), join(from, 'hard'));
  await symlink('../../outside', join(from, 'out'));
  execFileSync('mkfifo', [join(from, 'pipe')]);
  execFileSync('mknod', [join(from, 'null'), 'c', '1', '3']);
  for (const path of ['a', 'a/b', 'a/b/ümlaut.txt', 'a/rooted'])
    await chown(join(from, path), FIRST_UID, WORKSPACE_GID);
  execFileSync('chown', ['-h', `${FIRST_UID}:${WORKSPACE_GID}`, join(from, 'out')]);
  await chmod(join(from, 'a/rooted'), 0o6755);
  await chmod(join(from, 'a'), 0o3775);

  await unpackWorkspace(packWorkspace(from), to);
  assert.deepEqual((await readdir(to)).sort(), ['a', 'hard', 'out']);
  assert.equal(await readFile(join(to, 'hard'), 'utf8'), 'content');
  const [file, hard] = [await lstat(join(to, 'a/b/ümlaut.txt')), await lstat(join(to, 'hard'))];
  assert.equal(file.ino, hard.ino);
  assert.deepEqual([file.uid, file.gid], [FIRST_UID, WORKSPACE_GID]);
  assert.equal(Math.floor(file.mtimeMs / 1000), Math.floor((await lstat(join(from, 'hard'))).mtimeMs / 1000));
  assert.equal((await lstat(join(to, 'a/rooted'))).mode & 0o7777, 0o755);
  assert.equal((await lstat(join(to, 'a'))).mode & 0o7777, 0o3775);
  assert.equal(await readlink(join(to, 'out')), '../../outside');
});

test('a file of holes that fits on no disk stays out, a small one comes along', async () => {
  const [from, to] = [await empty('holes'), await empty('filled')];
  await writeFile(join(from, 'small'), '');
  await truncate(join(from, 'small'), 1 << 20);
  await writeFile(join(from, 'huge'), '');
  await truncate(join(from, 'huge'), 2 ** 43);
  for (const name of ['small', 'huge']) await chown(join(from, name), FIRST_UID, WORKSPACE_GID);
  await unpackWorkspace(packWorkspace(from), to);
  assert.deepEqual(await readdir(to), ['small']);
  assert.equal((await lstat(join(to, 'small'))).size, 1 << 20);
});

const person = { uid: FIRST_UID, gid: WORKSPACE_GID, mode: 0o644 };
const attacks: [
  name: string,
  ...entries: [header: Partial<tar.Header> & { name: string }, content?: string][],
][] = [
  ['a path with ..', [{ ...person, name: '../outside' }, 'x']],
  ['an absolute path', [{ ...person, name: '/tmp/deckhand-planted' }, 'x']],
  [
    'a .. in the middle',
    [{ ...person, name: 'a', type: 'directory' }],
    [{ ...person, name: 'a/../../outside' }, 'x'],
  ],
  [
    'a file through a link',
    [{ ...person, name: 'l', type: 'symlink', linkname: '..' }],
    [{ ...person, name: 'l/outside' }, 'x'],
  ],
  [
    'a folder over a link',
    [{ ...person, name: 'l', type: 'symlink', linkname: '..' }],
    [{ ...person, name: 'l', type: 'directory' }],
  ],
  [
    'a file over a link',
    [{ ...person, name: 'l', type: 'symlink', linkname: '../outside' }],
    [{ ...person, name: 'l' }, 'x'],
  ],
  ['a hard link out', [{ ...person, name: 'h', type: 'link', linkname: '../outside' }]],
  [
    'a hard link to a link',
    [{ ...person, name: 'l', type: 'symlink', linkname: '../outside' }],
    [{ ...person, name: 'h', type: 'link', linkname: 'l' }],
  ],
  ['a character device', [{ ...person, name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }]],
  ['a block device', [{ ...person, name: 'disk', type: 'block-device', devmajor: 254, devminor: 0 }]],
  ['a pipe', [{ ...person, name: 'pipe', type: 'fifo' }]],
  ['a file of root', [{ ...person, uid: 0, name: 'root', mode: 0o4755 }, 'x']],
  ['a name twice', [{ ...person, name: 'n' }, 'x'], [{ ...person, name: 'n' }, 'y']],
];

for (const [name, ...entries] of attacks) {
  test(`a snapshot with ${name} is refused and changes nothing outside`, async () => {
    const root = await empty(name.replaceAll(/\W/g, ''));
    const pack = tar.pack();
    for (const [header, content] of entries) pack.entry(header, content ?? '');
    pack.finalize();
    const bytes = await buffer(pack);
    await assert.rejects(unpackWorkspace(Readable.from([bytes]), root), { code: 'snapshot.refused' });
    assert.equal(await readFile(join(root, '../outside'), 'utf8'), 'outside');
    await assert.rejects(lstat('/tmp/deckhand-planted'));
  });
}

test('a snapshot that was cut off is an error, not a smaller workspace', async () => {
  const [from, to] = [await empty('whole'), await empty('half')];
  await writeFile(join(from, 'big'), Buffer.alloc(100_000));
  await chown(join(from, 'big'), FIRST_UID, WORKSPACE_GID);
  const bytes = await buffer(packWorkspace(from));
  await assert.rejects(unpackWorkspace(Readable.from([bytes.subarray(0, 50_000)]), to));
});
