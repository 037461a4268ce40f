import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EngineCalls } from './engine-calls.ts';
import type { SandboxOptions } from './options.ts';

const run = promisify(execFile);
const TOOL_MS = 30_000;
/** Its owner touches a place that waits; after this it has no owner. */
const ORPHAN_MS = 120_000;

/** What a session brings to a place. */
export interface Belongings {
  /** Null where it takes the new disk that the place has. */
  disk: string | null;
  runFolder: string;
  /** Folder of the door's socket; empty where there is no way out. */
  door: string;
}

/**
 * The host's side of sandboxes made before their session: a folder each on a mount that spreads into the container,
 * so that what is mounted on the host later appears inside.
 */
export class LiveSeats {
  readonly #helper: string;
  readonly #root: string;

  constructor({ helper, home }: Pick<SandboxOptions, 'helper' | 'home'>) {
    this.#helper = helper;
    this.#root = join(home, 'live');
  }

  /** Makes the root a mount of its own that spreads; once a boot. Fails where the worker may not mount. */
  async prepare(): Promise<void> {
    for (const name of ['places', 'of', 'stage'])
      await mkdir(join(this.#root, name), { recursive: true, mode: 0o700 });
    const places = join(this.#root, 'places');
    const line = (await readFile('/proc/self/mountinfo', 'utf8'))
      .split('\n')
      .find((one) => one.split(' ')[4] === places);
    if (line?.includes(' shared:')) return;
    if (!line) await run('mount', ['--bind', places, places], { timeout: TOOL_MS });
    await run('mount', ['--make-shared', places], { timeout: TOOL_MS });
  }

  /** Takes the root's own mount away again. Lazily: what a killed process left mounted below goes with its last user. */
  async leave(): Promise<void> {
    await run('umount', ['--lazy', join(this.#root, 'places')], { timeout: TOOL_MS }).catch(() => {});
  }

  folder(place: string): string {
    return join(this.#root, 'places', place);
  }

  async make(place: string): Promise<void> {
    for (const name of ['workspace', 'run/door'])
      await mkdir(join(this.folder(place), name), { recursive: true });
    await mkdir(join(this.#root, 'stage', place));
  }

  /** Gives a place that nobody has a new disk. */
  async furnish(place: string, disk: string): Promise<void> {
    await this.#mount(place, disk, '', '');
  }

  /** Notes whose the place is from now on, and mounts what is theirs. */
  async seat(place: string, sessionId: string, { disk, runFolder, door }: Belongings): Promise<void> {
    await rm(this.#noteOf(sessionId), { force: true });
    await symlink(place, this.#noteOf(sessionId));
    if (disk) await this.#empty(place);
    await this.#mount(place, disk ?? '', runFolder, door);
  }

  /** The place a session was given, if any. */
  placeOf(sessionId: string): Promise<string | null> {
    return readlink(this.#noteOf(sessionId)).catch(() => null);
  }

  /** Takes everything away from a place whose container is gone. */
  async clear(place: string): Promise<void> {
    await this.#empty(place);
    for (const session of await readdir(join(this.#root, 'of')).catch(() => []))
      if ((await this.placeOf(session)) === place) await rm(this.#noteOf(session), { force: true });
    // Not recursive below a mount: what could not be unmounted is not to be emptied.
    await run('rm', ['-rf', '--one-file-system', this.folder(place), join(this.#root, 'stage', place)], {
      timeout: TOOL_MS,
    });
  }

  /** Places that are given to a session, or that nobody has touched for so long. */
  async idlePlaces(untouchedMs = ORPHAN_MS): Promise<string[]> {
    const found: string[] = [];
    for (const place of await readdir(join(this.#root, 'places')).catch(() => [])) {
      const age = Date.now() - ((await stat(this.folder(place)).catch(() => null))?.mtimeMs ?? 0);
      if (age >= untouchedMs) found.push(place);
    }
    return found;
  }

  /** Clears the places of containers that are gone, and of those that nobody has tended for so long. */
  async tidy(engine: EngineCalls, instance: string, untouchedMs = ORPHAN_MS): Promise<void> {
    const idle = await this.idlePlaces(untouchedMs);
    if (idle.length === 0) return;
    const there = await engine.warmPlaces(instance);
    for (const place of idle) {
      const container = there.get(place);
      if (container?.claimed) continue;
      if (container) await engine.remove(container.id);
      await this.clear(place);
    }
  }

  async #mount(place: string, ...what: [disk: string, runFolder: string, door: string]): Promise<void> {
    const stage = join(this.#root, 'stage', place);
    await run(this.#helper, ['seat', this.folder(place), stage, ...what], { timeout: TOOL_MS });
  }

  async #empty(place: string): Promise<void> {
    await run(this.#helper, ['unseat', this.folder(place)], { timeout: TOOL_MS });
  }

  #noteOf(sessionId: string): string {
    return join(this.#root, 'of', sessionId);
  }
}
