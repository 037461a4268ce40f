import { constants } from 'node:fs';
import {
  chmod,
  lchown,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  statfs,
  symlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import tar from 'tar-stream';
import { DeckhandError } from '#core/errors.ts';
import { FIRST_UID, HELPER_UID, WORKSPACE_GID } from './options.ts';

/** Of `st_blocks` (stat(2)). */
const blockBytes = 512n;
/** Permissions of a file that mean the same everywhere: never set-uid, set-gid or sticky. */
const FILE_MODE = 0o777;
/** Of a folder: set-gid and sticky only say how people share it. */
const FOLDER_MODE = 0o3777;

/**
 * A workspace as a tar. What is not data stays out (devices, sockets, pipes); links are kept as links and never
 * followed. Holes become zeros: a file whose holes do not fit into what is free on the disk stays out too, since it could
 * be neither read in this life nor written where it is restored. Nothing may change the workspace meanwhile.
 */
export function packWorkspace(root: string): Readable {
  const pack = tar.pack();
  const seen = new Map<bigint, string>();
  let free = 0n;
  const walk = async (folder: string): Promise<void> => {
    for (const { name } of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const facts = await lstat(join(root, path), { bigint: true }).catch(() => null);
      if (!facts || path === 'lost+found') continue;
      const header = {
        name: path,
        mode: Number(facts.mode) & 0o7777,
        uid: Number(facts.uid),
        gid: Number(facts.gid),
        mtime: facts.mtime,
      };
      const first = facts.nlink > 1n ? seen.get(facts.ino) : undefined;
      if (facts.isDirectory()) {
        pack.entry({ ...header, type: 'directory' });
        await walk(path);
      } else if (facts.isSymbolicLink()) {
        pack.entry({ ...header, type: 'symlink', linkname: await readlink(join(root, path)) });
      } else if (facts.isFile() && first !== undefined) {
        pack.entry({ ...header, type: 'link', linkname: first });
      } else if (facts.isFile()) {
        const hole = facts.size - facts.blocks * blockBytes;
        if (hole > free) continue;
        if (hole > 0n) free -= hole;
        seen.set(facts.ino, path);
        const file = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW);
        await pour(file.createReadStream(), pack.entry({ ...header, size: Number(facts.size) }));
      }
    }
  };
  const whole = async () => {
    const disk = await statfs(root, { bigint: true });
    free = disk.bavail * disk.bsize;
    await walk('');
  };
  whole().then(
    () => pack.finalize(),
    (error: Error) => pack.destroy(error),
  );
  return Readable.from(pack);
}

/**
 * Puts a workspace's tar into an empty folder. Whoever wrote it, nothing is written outside of `root` or through a
 * link, and nothing in it has more rights than its owner. @throws {DeckhandError} `snapshot.refused`
 */
export async function unpackWorkspace(from: Readable, root: string): Promise<void> {
  // As PID 1 would leave it, which takes a workspace with all its folders for one that is done.
  await lchown(root, HELPER_UID, WORKSPACE_GID);
  await chmod(root, 0o2775);
  const made: Made = { folders: new Set(['.']), files: new Set(), names: new Set() };
  const extract = tar.extract();
  const unpacked = (async () => {
    for await (const entry of extract) {
      await unpackOne(entry.header, entry, root, made);
      entry.resume();
    }
  })();
  unpacked.catch((error: Error) => extract.destroy(error));
  const [written] = await Promise.allSettled([pour(from, extract), unpacked]);
  await unpacked;
  if (written.status === 'rejected') throw written.reason;
}

/** The tar library's streams are not Node's own, and Node's `pipeline` does not see their end. */
interface Sink {
  destroyed: boolean;
  write(chunk: Uint8Array): boolean;
  end(data: unknown): unknown;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

async function pour(from: AsyncIterable<Uint8Array>, to: Sink): Promise<void> {
  for await (const chunk of from) {
    if (!to.destroyed && to.write(chunk)) continue;
    if (to.destroyed) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        to.off('drain', go);
        to.off('close', go);
        resolve();
      };
      to.once('drain', go);
      to.once('close', go);
    });
  }
  to.end(undefined);
}

interface Made {
  folders: Set<string>;
  files: Set<string>;
  names: Set<string>;
}

async function unpackOne(
  header: tar.Header,
  content: AsyncIterable<unknown>,
  root: string,
  made: Made,
): Promise<void> {
  const name = header.name.replace(/\/$/, '');
  const path = join(root, name);
  // A parent that this very snapshot made as a folder: so no link is ever on the way.
  if (!isPlain(name) || !made.folders.has(dirname(name))) throw refused(`a strange path, ${shown(name)}`);
  if (made.names.has(name)) throw refused(`${shown(name)} twice`);
  made.names.add(name);
  const uid = header.uid ?? 0;
  if (uid !== HELPER_UID && uid < FIRST_UID) throw refused(`${shown(name)} of a person who cannot be`);
  const mode = header.mode ?? 0;
  if (header.type === 'directory') {
    await mkdir(path);
    await lchown(path, uid, WORKSPACE_GID);
    await chmod(path, mode & FOLDER_MODE);
    made.folders.add(name);
  } else if (header.type === 'file') {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(content as AsyncIterable<Uint8Array>);
    await file.chown(uid, WORKSPACE_GID);
    await file.chmod(mode & FILE_MODE);
    const mtime = header.mtime ?? new Date();
    await file.utimes(mtime, mtime);
    made.files.add(name);
  } else if (header.type === 'symlink') {
    await symlink(header.linkname ?? '', path);
    await lchown(path, uid, WORKSPACE_GID);
  } else if (header.type === 'link' && made.files.has(header.linkname ?? '')) {
    await link(join(root, header.linkname ?? ''), path);
    made.files.add(name);
  } else throw refused(`${shown(name)}, which is no file, folder or link of the workspace`);
}

function isPlain(name: string): boolean {
  return (
    !name.includes('\0') && name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}

function refused(what: string): DeckhandError {
  return new DeckhandError(
    'snapshot.refused',
    `The saved workspace holds ${what}, and is not used. An administrator finds it by its session in the blob store.`,
  );
}
