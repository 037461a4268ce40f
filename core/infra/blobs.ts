import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeckhandError } from '#core/errors.ts';
import type { Blobs, OldBlobs } from '#core/files/ports.ts';

/**
 * Blobs in a folder, by their SHA-256: `ab/cdef…`. Written aside and renamed, so that a name means whole content. A file's
 * time is when it was last put.
 */
export function openBlobFolder(folder: string): Blobs & OldBlobs {
  const pathOf = (hash: string) => {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new DeckhandError('file.missing', 'There is no such file.');
    return join(folder, hash.slice(0, 2), hash.slice(2));
  };

  async function put(content: Readable | Uint8Array, maxBytes: number) {
    await mkdir(join(folder, 'new'), { recursive: true, mode: 0o700 });
    const draft = join(folder, 'new', randomUUID());
    const hash = createHash('sha256');
    let size = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        hash.update(chunk);
        done(size > maxBytes ? tooLarge(maxBytes) : null, chunk);
      },
    });
    try {
      const source = content instanceof Uint8Array ? Readable.from([Buffer.from(content)]) : content;
      await pipeline(source, measure, createWriteStream(draft, { mode: 0o600, flush: true }));
    } catch (error) {
      await rm(draft, { force: true });
      throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(error) : error;
    }
    const digest = hash.digest('hex');
    const path = pathOf(digest);
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    const now = new Date();
    const known = await utimes(path, now, now).then(
      () => true,
      () => false,
    );
    if (known) await rm(draft);
    else await rename(draft, path);
    return { hash: digest, size };
  }

  const isOld = async (hash: string, ms: number): Promise<boolean> => {
    const found = await stat(pathOf(hash)).catch(() => null);
    return found !== null && found.mtimeMs <= Date.now() - ms;
  };

  return {
    put,
    get: (hash) => readFile(pathOf(hash)),
    open: (hash) => createReadStream(pathOf(hash)),
    olderThan: async (ms) => {
      const hashes: string[] = [];
      for (const first of await readdir(folder).catch(() => [])) {
        if (!/^[0-9a-f]{2}$/.test(first)) continue;
        for (const rest of await readdir(join(folder, first)))
          if (/^[0-9a-f]{62}$/.test(rest) && (await isOld(first + rest, ms))) hashes.push(first + rest);
      }
      return hashes;
    },
    remove: async (hash, olderThanMs) => {
      if (!(await isOld(hash, olderThanMs))) return false;
      await rm(pathOf(hash), { force: true });
      return true;
    },
  };
}

function tooLarge(maxBytes: number): DeckhandError {
  const mebibytes = Math.floor(maxBytes / 1024 / 1024);
  return new DeckhandError(
    'file.too_large',
    `This file is larger than ${mebibytes} MiB, the most that is taken here.`,
    {
      blame: 'asker',
    },
  );
}

function diskFull(cause: unknown): DeckhandError {
  return new DeckhandError(
    'disk.full',
    'The disk of this Deckhand is full. An administrator must free some room.',
    {
      blame: 'machine',
      cause,
    },
  );
}
