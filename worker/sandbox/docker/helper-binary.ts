import { createHash } from 'node:crypto';
import { access, chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type Docker from 'dockerode';
import tar from 'tar-stream';
import { DeckhandError } from '#core/errors.ts';
import { buildDebianImage } from './debian-image.ts';

const FOLDER = fileURLToPath(new URL('../../../sandbox-images/helper', import.meta.url));
const HASH_LENGTH = 16;
const BUILT = '/deckhand-helper';
/** Static, so that it runs in any image. */
const FLAGS = '-static -O2 -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-format-truncation'.split(' ');

export interface HelperOrder {
  /** Absolute DECKHAND_HOME: the helper is kept there. */
  home: string;
  /** See `DebianRecipe`. */
  from?: string;
  onProgress(line: string): void;
}

async function readSources(): Promise<Map<string, Buffer>> {
  const names = (await readdir(FOLDER)).filter((name) => /\.[ch]$/.test(name)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(FOLDER, name))] as const)),
  );
}

function hashOf(sources: Map<string, Buffer>): string {
  const hash = createHash('sha256').update(`${process.arch} ${FLAGS.join(' ')}`);
  for (const [name, content] of sources) hash.update(`${name}\0${content.length}\0`).update(content);
  return hash.digest('hex').slice(0, HASH_LENGTH);
}

/** Compiles in a container without network, so that the host needs no compiler; nothing of it stays. */
async function compile(engine: Docker, image: string, sources: Map<string, Buffer>): Promise<Buffer> {
  const files = [...sources.keys()].filter((name) => name.endsWith('.c'));
  const container = await engine.createContainer({
    Image: image,
    Cmd: ['gcc', ...FLAGS, ...files.map((name) => `/build/${name}`), '-o', BUILT],
    Env: ['PATH=/usr/bin:/bin'],
    HostConfig: { NetworkMode: 'none' },
    Tty: true,
    AttachStdout: true,
  });
  try {
    const pack = tar.pack();
    pack.entry({ name: 'build', type: 'directory' });
    for (const [name, content] of sources) pack.entry({ name: `build/${name}` }, content);
    pack.finalize();
    await container.putArchive(await buffer(pack), { path: '/' });
    const output = await container.attach({ stream: true, stdout: true });
    await container.start();
    const said = await text(output);
    if ((await container.wait()).StatusCode !== 0) {
      throw new DeckhandError(
        'image.helper_failed',
        `The sandbox helper does not compile:\n${said.slice(0, 4000)}`,
      );
    }
    return await onlyFile(await container.getArchive({ path: BUILT }));
  } finally {
    await container.remove({ force: true });
  }
}

async function onlyFile(archive: NodeJS.ReadableStream): Promise<Buffer> {
  const extract = tar.extract();
  const program = (async () => {
    let content = Buffer.alloc(0);
    for await (const entry of extract) content = await buffer(entry);
    return content;
  })();
  await pipeline(archive, extract);
  return program;
}

/** The helper's path, compiled when this source was not yet. @throws {DeckhandError} `image.*` */
export async function buildHelper(engine: Docker, { home, from, onProgress }: HelperOrder): Promise<string> {
  const sources = await readSources();
  const folder = join(home, 'helper');
  const path = join(folder, hashOf(sources));
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    return path;
  onProgress('compiling the sandbox helper');
  const tag = `deckhand/helper-build:${hashOf(sources)}-${process.pid}`;
  try {
    await buildDebianImage(engine, { folder: FOLDER, tag, from, variant: 'extract' }, onProgress);
    const program = await compile(engine, tag, sources);
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const draft = `${path}.draft-${process.pid}`;
    await writeFile(draft, program);
    await chmod(draft, 0o755);
    await rename(draft, path);
  } finally {
    await engine
      .getImage(tag)
      .remove({ force: true })
      .catch(() => {});
  }
  return path;
}
