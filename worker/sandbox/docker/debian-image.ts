import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { refusalOf } from './engine.ts';
import { PROGRAMS } from './node-programs.ts';

const SUITE = 'bookworm';
const USUAL_BASE = 'debian:bookworm-slim';
const REGISTRY_WAIT_MS = 60_000;
const ERROR_LINES = 5;

/** An image to make of Debian packages; `folder` holds `packages.txt`, `Dockerfile`, perhaps `finish.sh` and `programs.tar`. */
export interface DebianRecipe {
  folder: string;
  tag: string;
  /** mmdebstrap's: `minbase` is a whole small system, `extract` only unpacked (enough to run a compiler). */
  variant: 'minbase' | 'extract';
  /** The Debian it is built on where the engine has it or can pull it; `debian:bookworm-slim` if absent. */
  from?: string | undefined;
}

export async function imageExists(engine: Docker, tag: string): Promise<boolean> {
  try {
    await engine.getImage(tag).inspect();
    return true;
  } catch (error) {
    if (refusalOf(error) === 404) return false;
    throw error;
  }
}

function followed(
  engine: Docker,
  stream: NodeJS.ReadableStream,
  onLine?: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.modem.followProgress(
      stream,
      (error: Error | null, output: { error?: string }[]) => {
        const failed = error?.message ?? output.find((line) => line.error)?.error;
        if (failed) reject(new Error(failed));
        else resolve();
      },
      (event: { stream?: string }) => {
        if (event.stream?.startsWith('Step ')) onLine?.(event.stream.trim());
      },
    );
  });
}

/** False when the registry cannot be reached or is too slow to be worth the wait. */
async function pullBase(engine: Docker, base: string): Promise<boolean> {
  if (await imageExists(engine, base)) return true;
  const abortSignal = AbortSignal.timeout(REGISTRY_WAIT_MS);
  try {
    await followed(engine, await engine.pull(base, { abortSignal }));
    return true;
  } catch {
    return false;
  }
}

async function fromRegistry(
  engine: Docker,
  recipe: DebianRecipe,
  base: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const src = ['Dockerfile', 'packages.txt', ...(await extras(recipe))];
  // The host's own network: a build needs no published ports, and engines without a bridge exist.
  const options = { t: recipe.tag, forcerm: true, networkmode: 'host', buildargs: { FROM: base } };
  await followed(engine, await engine.buildImage({ context: recipe.folder, src }, options), onProgress);
}

async function extras(recipe: DebianRecipe): Promise<string[]> {
  const there = await readdir(recipe.folder);
  return [PROGRAMS, 'finish.sh'].filter((name) => there.includes(name));
}

async function mmdebstrapArguments(recipe: DebianRecipe): Promise<string[]> {
  const packages = (await readFile(join(recipe.folder, 'packages.txt'), 'utf8')).trim().split(/\s+/);
  const finish = join(recipe.folder, 'finish.sh');
  const there = await extras(recipe);
  const programs = [`--customize-hook=tar-in "${join(recipe.folder, PROGRAMS)}" /`];
  const last = [
    `--customize-hook=upload "${finish}" /finish.sh`,
    '--customize-hook=chroot "$1" sh /finish.sh',
    '--customize-hook=rm "$1/finish.sh"',
  ];
  const hooks = [...(there.includes(PROGRAMS) ? programs : []), ...(there.includes('finish.sh') ? last : [])];
  return [
    `--variant=${recipe.variant}`,
    `--include=${packages.join(',')}`,
    '--format=tar',
    ...hooks,
    SUITE,
    '-',
  ];
}

/** Streams the new system straight into the engine: nothing is left on the host whatever happens. */
async function fromPackages(
  engine: Docker,
  recipe: DebianRecipe,
  onProgress: (line: string) => void,
): Promise<void> {
  const child = spawn('mmdebstrap', await mmdebstrapArguments(recipe), { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split(/[\r\n]+/)) {
      if (/^[EW]: /.test(line)) said.splice(0, said.length, ...said.slice(1 - ERROR_LINES), line);
      if (/^I: (downloading|extracting|installing|running --customize)/.test(line)) onProgress(line.slice(3));
    }
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  const [repo, tag] = recipe.tag.split(':');
  const imported = engine.importImage(child.stdout, { repo, tag }).then((stream) => followed(engine, stream));
  const [code, result] = await Promise.allSettled([ended, imported]);
  if (code.status === 'rejected') throw mmdebstrapMissing(code.reason);
  if (code.value !== 0) {
    await engine
      .getImage(recipe.tag)
      .remove({ force: true })
      .catch(() => {});
    throw buildFailed(recipe.tag, said.join('\n') || `mmdebstrap ended with ${code.value}`);
  }
  if (result.status === 'rejected') throw buildFailed(recipe.tag, messageOf(result.reason), result.reason);
}

function mmdebstrapMissing(cause: unknown): DeckhandError {
  return new DeckhandError(
    'image.no_mmdebstrap',
    'The sandbox image cannot be built: no image registry can be reached and mmdebstrap is not installed. Run `apt-get install mmdebstrap` and start again.',
    { blame: 'machine', cause },
  );
}

function buildFailed(tag: string, why: string, cause?: unknown): DeckhandError {
  return new DeckhandError(
    'image.build_failed',
    `The image ${tag} could not be built. See that Debian's packages can be reached and the disk has 2 GB free, then start again.\n${why}`,
    { blame: 'machine', retryable: true, cause },
  );
}

/** Makes the image: on a registry's Debian where that works, else from Debian's packages alone. @throws {DeckhandError} `image.*` */
export async function buildDebianImage(
  engine: Docker,
  recipe: DebianRecipe,
  onProgress: (line: string) => void,
): Promise<void> {
  const { from: base = USUAL_BASE } = recipe;
  if (await pullBase(engine, base)) {
    try {
      return await fromRegistry(engine, recipe, base, onProgress);
    } catch (error) {
      onProgress(`the Dockerfile failed (${messageOf(error)})`);
    }
  }
  onProgress('no image from a registry: taking Debian packages');
  return fromPackages(engine, recipe, onProgress);
}
