import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Attack, AttackGroup } from '../attack.ts';
import type { SandboxArena } from './arena.ts';

const run = promisify(execFile);

/** What no transfer may bring out or change: a file of the host, and one that another person keeps to himself. */
export interface Precious {
  /** A folder on the host with `file` in it. */
  folder: string;
  file: string;
  /** The word that stands in both. */
  word: string;
  /** Another person's file, as the sandbox names it. */
  other: string;
}

/** Lays them out (the other person's only if `kept`), works, and takes the host's away. */
export async function withPrecious(
  arena: SandboxArena,
  work: (precious: Precious) => Promise<void>,
  kept = true,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-precious-'));
  const word = `precious${randomBytes(8).toString('hex')}`;
  const file = join(folder, 'file');
  try {
    await writeFile(file, word);
    const other = kept
      ? await arena.shellAs('usr_other', `umask 077; echo ${word} > ~/kept; printf %s ~/kept`)
      : '';
    await work({ folder, file, word, other });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const maxBytes = 1 << 20;
let brought = false;

/** Plants something, then the worker fetches a file of the person's. */
const fetches = (
  name: string,
  path: string,
  plant: (precious: Precious) => string = () => 'pass',
): Attack<SandboxArena> => ({
  name,
  run: (arena) =>
    withPrecious(arena, async (precious) => {
      const { file, other, word } = precious;
      await arena.hold(plant(precious));
      const wanted = path.replace('FILE', file).replace('OTHER', other);
      const got = await arena.sandbox.readFile(wanted, maxBytes).catch(() => Buffer.alloc(0));
      brought = Buffer.from(got).includes(word);
    }),
  observed: async () => brought,
});
const link =
  (to: keyof Precious, how = 'symlink') =>
  (precious: Precious) =>
    `if os.path.lexists('taken'): os.unlink('taken')\nos.${how}('${precious[to]}', 'taken')`;

/** Files that the worker fetches for whoever asked (`send_file`, `read_file`). */
export const fetched: AttackGroup<SandboxArena> = {
  name: 'files brought out',
  harm: 'leak',
  control: fetches(
    "a file of the person's own",
    'taken',
    ({ word }) => `open('taken', 'w').write('${word}')`,
  ),
  attacks: [
    fetches("a path of the host's", 'FILE'),
    fetches('a path with ..', '../../../../../..FILE'),
    fetches('a path through /proc', '/proc/1/root/FILE'),
    fetches("another person's file", 'OTHER'),
    fetches("a link to the host's file", 'taken', link('file')),
    fetches("a link to another person's file", 'taken', link('other')),
    fetches("a hard link to another person's file", 'taken', link('other', 'link')),
    fetches('a folder that is a link', 'taken/file', link('folder')),
    fetches(
      'a link that changes while it is read',
      'flips',
      ({ other }) => `if os.fork() == 0:
  while True:
    for to in ('plain', '${other}'):
      try: os.symlink(to, 'next'); os.rename('next', 'flips')
      except OSError: pass
open('plain', 'w').write('x'); time.sleep(0.2)`,
    ),
    fetches(
      "the memory of one's own supervisor",
      'taken',
      () => "if os.path.lexists('taken'): os.unlink('taken')\nos.symlink('/proc/1/mem', 'taken')",
    ),
  ],
};

const mark = 'owned';
let changed = '';

/** Everything that a file brought in might have landed in, from the host: contents, owners and rights. */
async function landed({ folder, other }: Precious, { init }: SandboxArena): Promise<string> {
  const root = `/proc/${init}/root`;
  const places = [
    folder,
    root + other,
    `${root}/run/deckhand`,
    `${root}/etc`,
    `${root}/usr/local/lib/deckhand`,
  ];
  const found = await run('find', [...places, '-xdev', '-type', 'f', '-printf', '%p %U %m %s %T@\\n']).catch(
    (error: { stdout: string }) => error,
  );
  const special = await run('find', [`${root}/workspace`, '-xdev', '-perm', '/6000', '-type', 'f']);
  return `${found.stdout}\n${special.stdout}`;
}

/** Plants something, then the worker brings a file to a path of the person's choice. */
const brings = (
  name: string,
  path: string,
  plant: (precious: Precious) => string = () => 'pass',
): Attack<SandboxArena> => ({
  name,
  run: (arena) =>
    withPrecious(arena, async (precious) => {
      const before = await landed(precious, arena);
      await arena.hold(plant(precious));
      const wanted = path.replace('FILE', precious.file).replace('OTHER', precious.other);
      await arena.sandbox.writeFile(wanted, Buffer.from(mark)).catch(() => {});
      const after = await landed(precious, arena);
      changed = after === before ? '' : after;
    }),
  observed: async () => changed !== '',
});
const linkTo = (to: string, at = 'given') =>
  `if os.path.lexists('${at}'): os.unlink('${at}')\nos.symlink('${to}', '${at}')`;

/** Files that the worker brings in: what somebody attached, what the agent writes. */
export const broughtIn: AttackGroup<SandboxArena> = {
  name: 'files brought in',
  harm: 'escape',
  control: {
    name: "the host changes another person's file",
    run: (arena) =>
      withPrecious(arena, async (precious) => {
        const before = await landed(precious, arena);
        await writeFile(`/proc/${arena.init}/root${precious.other}`, mark);
        const after = await landed(precious, arena);
        changed = after === before ? '' : after;
      }),
    observed: async () => changed !== '',
  },
  attacks: [
    brings("a path of the host's", 'FILE'),
    brings('a path with ..', '../../../..FILE'),
    brings("another person's file", 'OTHER'),
    brings('the names of people', '/run/deckhand/passwd'),
    brings("the helper's own place", '/usr/local/lib/deckhand/helper'),
    brings("a link to the host's file", 'given', ({ file }) => linkTo(file)),
    brings("a link to another person's file", 'given', ({ other }) => linkTo(other)),
    brings('an inbox that is a link', 'inbox/passwd', () => linkTo('/run/deckhand', 'inbox')),
    brings('an inbox that is a link to the host', 'inbox2/file', ({ folder }) => linkTo(folder, 'inbox2')),
    brings(
      'a file that is set-uid',
      'rooted',
      () => "open('rooted', 'w').close(); os.chmod('rooted', 0o6777)",
    ),
    brings("a hard link to another person's file", 'hard', ({ other }) => `os.link('${other}', 'hard')`),
  ],
};
