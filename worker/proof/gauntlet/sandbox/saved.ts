import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import tar from 'tar-stream';
import { FIRST_UID, WORKSPACE_GID } from '#worker/sandbox/docker/options.ts';
import type { Attack, AttackGroup } from '../attack.ts';
import type { SandboxArena } from './arena.ts';
import { type Precious, withPrecious } from './transfers.ts';

const run = promisify(execFile);
type Entry = [header: Partial<tar.Header> & { name: string }, content?: string];

const person = { uid: FIRST_UID, gid: WORKSPACE_GID, mode: 0o644 };
let harmed = '';

/** What came of it, from the host: is the precious file out, or changed, or is there something with more rights than its owner? */
async function harmOf(root: string | null, { file, word }: Precious): Promise<string> {
  if ((await readFile(file, 'utf8')) !== word) return 'the host was written to';
  if (root === null) return '';
  const looks = [
    '-not',
    '-name',
    'lost+found',
    '(',
    '-perm',
    '/6000',
    '-type',
    'f',
    '-o',
    '-type',
    'b,c',
    '-o',
    '-uid',
    '0',
    ')',
  ];
  const { stdout } = await run('find', [root, '-xdev', '-mindepth', '1', ...looks]);
  if (stdout !== '') return `more rights: ${stdout.slice(0, 200)}`;
  const found = await run('grep', ['-rslI', word, root]).catch(() => ({ stdout: '' }));
  return found.stdout === '' ? '' : `brought out: ${found.stdout.slice(0, 200)}`;
}

/** Prepared inside, saved when the sandbox is idle, and made again on another host. */
const saves = (name: string, python: (precious: Precious) => string): Attack<SandboxArena> => ({
  name,
  run: (arena) =>
    withPrecious(
      arena,
      async (precious) => {
        await arena.hold(python(precious));
        await arena.move(null, async (root) => {
          harmed = await harmOf(root, precious);
        });
      },
      false,
    ),
  observed: async () => harmed !== '',
});

/** A saved state that whoever has the blob store wrote. */
const forged = (name: string, entries: (precious: Precious) => Entry[]): Attack<SandboxArena> => ({
  name,
  run: (arena) =>
    withPrecious(
      arena,
      async (precious) => {
        const pack = tar.pack();
        for (const [header, content] of entries(precious))
          pack.entry({ ...person, ...header }, content ?? '');
        pack.finalize();
        const packed = zstdCompressSync(Buffer.concat(await Array.fromAsync(pack as AsyncIterable<Buffer>)));
        await arena.move(packed, async (root) => {
          harmed = await harmOf(root, precious);
        });
      },
      false,
    ),
  observed: async () => harmed !== '',
});

const through = (to: string, then: string): Entry[] => [
  [{ name: 'l', type: 'symlink', linkname: to }],
  [{ name: then }, 'owned'],
];

/** A workspace that goes from one host to another as a saved state. */
export const saved: AttackGroup<SandboxArena> = {
  name: 'saved workspaces',
  harm: 'escape',
  control: saves(
    'a file with the word in it',
    ({ word }) => `open('/workspace/plain', 'w').write('${word}')`,
  ),
  attacks: [
    saves("a link to the host's file", ({ file }) => `os.symlink('${file}', '/workspace/out')`),
    saves("a link to the host's folder", ({ folder }) => `os.symlink('${folder}', '/workspace/outs')`),
    saves('a link upwards', ({ file }) => `os.symlink('../../../../..${file}', '/workspace/up')`),
    saves(
      'a set-uid file',
      () => "open('/workspace/rooted', 'w').write('#!/bin/sh'); os.chmod('/workspace/rooted', 0o6777)",
    ),
    saves(
      'a set-uid file under two names',
      () =>
        "open('/workspace/one', 'w').close(); os.chmod('/workspace/one', 0o4755); os.link('/workspace/one', '/workspace/two')",
    ),
    saves(
      'names that are no names',
      ({ file }) =>
        `for name in ('..x', '-rf', 'a\\nb', '\\\\..', 'x' * 250, '\\udcff'): open(os.path.join('/workspace', name), 'w').close()\nos.symlink('${file}', '/workspace/a b\\n')`,
    ),
    saves(
      'links in a ring',
      () =>
        "os.symlink('ring', '/workspace/ring'); os.makedirs('/workspace/d/e'); os.symlink('..', '/workspace/d/e/up')",
    ),
    saves(
      'a pipe and a socket',
      () => "os.mkfifo('/workspace/pipe'); socket.socket(socket.AF_UNIX).bind('/workspace/sock')",
    ),
    saves(
      'a hole of a terabyte',
      () => "os.truncate(os.open('/workspace/hole', os.O_CREAT | os.O_WRONLY), 1 << 40)",
    ),
    forged('a path with ..', ({ file }) => [[{ name: `../../../../../../..${file}` }, 'owned']]),
    forged('an absolute path', ({ file }) => [[{ name: file }, 'owned']]),
    forged('a file through a link', ({ folder }) => through(folder, 'l/file')),
    forged('a file over a link', ({ file }) => through(file, 'l')),
    forged("a hard link to the host's file", ({ file }) => [
      [{ name: 'h', type: 'link', linkname: file }],
      [{ name: 'h' }, 'owned'],
    ]),
    forged('a hard link to a link', ({ file }) => [
      [{ name: 'l', type: 'symlink', linkname: file }],
      [{ name: 'h', type: 'link', linkname: 'l' }],
    ]),
    forged('a set-uid file of root', () => [[{ name: 'rooted', uid: 0, gid: 0, mode: 0o4755 }, 'x']]),
    forged("a set-uid file of the person's", () => [[{ name: 'mine', mode: 0o6755 }, 'x']]),
    forged('a device', () => [[{ name: 'disk', type: 'block-device', devmajor: 7, devminor: 0 }]]),
    forged('a root folder of root', () => [[{ name: '.', type: 'directory', uid: 0, mode: 0o777 }]]),
  ],
};
