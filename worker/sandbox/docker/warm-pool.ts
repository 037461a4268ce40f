import { randomBytes } from 'node:crypto';
import { link, mkdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { messageOf } from '#core/errors.ts';
import { containerName, warmSpec } from './container.ts';
import { openDoorMount } from './door-mount.ts';
import type { EngineCalls } from './engine-calls.ts';
import type { LiveSeats } from './live-seats.ts';
import type { SandboxOptions } from './options.ts';
import { addPerson, openRunFolder, writeNames } from './people.ts';
import { RunnerLink } from './runner-link.ts';
import { diskOf, hasPlainVolume, makeDisk } from './workspace.ts';

const FILL_AFTER_MS = 1000;

interface Warm {
  place: string;
  /** A new workspace, for a session that has none. */
  disk: string;
}

/** One that is kept for a turn that has begun, with its author's link open. */
interface Kept {
  warm: Warm;
  uid: number;
  stream: Duplex;
}

/**
 * Sandboxes made before anybody needs them. Each is given away once and for good, so that two sessions never meet in
 * one; until then it holds nothing of any session or policy, and no process of anybody but the link that waits.
 */
export class WarmPool {
  readonly #engine: EngineCalls;
  readonly #options: SandboxOptions;
  readonly #live: LiveSeats;
  readonly #size: number;
  readonly #ready: Warm[] = [];
  readonly #kept = new Map<string, Promise<Kept | null>>();
  #filling: Promise<void> | null = null;
  #closed = false;
  #soon: NodeJS.Timeout | undefined;

  constructor(engine: EngineCalls, options: SandboxOptions, live: LiveSeats) {
    this.#engine = engine;
    this.#options = options;
    this.#live = live;
    this.#size = options.warm ?? 0;
  }

  /** Brings the pool to its size; resolves when it is, or when this machine cannot. */
  fill(): Promise<void> {
    clearTimeout(this.#soon);
    this.#filling ??= this.#fill()
      .catch((error: unknown) => {
        this.#options.onNote(`no sandbox is kept warm: ${messageOf(error).split('\n')[0]}`);
      })
      .finally(() => {
        this.#filling = null;
      });
    return this.#filling;
  }

  /** Tells other workers of this host that what waits here has an owner. */
  async keep(): Promise<void> {
    const now = new Date();
    const kept = (await Promise.all(this.#kept.values())).flatMap((one) => (one ? [one.warm] : []));
    for (const { place } of [...this.#ready, ...kept])
      await utimes(this.#live.folder(place), now, now).catch(() => {});
    if (!this.#closed) void this.fill();
  }

  /** A turn of this session has begun: starting its author's link now spares the first command the wait. */
  async expect(sessionId: string, uid: number): Promise<void> {
    const warm = this.#kept.has(sessionId) ? undefined : this.#ready.shift();
    if (!warm) return;
    this.#fillSoon();
    const kept = RunnerLink.wait(this.#engine, this.#nameOf(warm), uid).then(
      (stream) => ({ warm, uid, stream: stream.on('error', () => {}) }),
      async () => {
        await this.#drop(warm, warm.place).catch(() => {});
        return null;
      },
    );
    this.#kept.set(sessionId, kept);
    await kept;
  }

  /** The turn has ended without a command. What was kept for one person is not given to another. */
  async release(sessionId: string): Promise<void> {
    const kept = await this.#unkeep(sessionId);
    if (!kept) return;
    await this.#drop(kept.warm, kept.warm.place);
    this.#fillSoon();
  }

  /**
   * Gives a session a sandbox that runs already: its person's link, or `'cold link'` when that is still to be opened.
   * Null when none is ready, or when the session has a sandbox.
   */
  async claim(sessionId: string, uid: number): Promise<RunnerLink | 'cold link' | null> {
    const kept = await this.#unkeep(sessionId);
    const warm = kept?.warm ?? this.#ready.shift();
    if (!warm) return null;
    if (await hasPlainVolume(this.#options.home, sessionId)) {
      kept?.stream.destroy();
      await this.#drop(warm, warm.place);
      return null;
    }
    this.#fillSoon();
    try {
      // The name is the claim: of two workers, or where a container is there, only one gets it.
      const name = containerName(this.#options.instance, sessionId);
      await this.#engine.rename(this.#nameOf(warm), name);
    } catch {
      kept?.stream.destroy();
      await this.#drop(warm, warm.place);
      return null;
    }
    try {
      await this.#seat(warm, sessionId, uid);
    } catch (error) {
      this.#options.onNote(`a warm sandbox could not be used: ${messageOf(error).split('\n')[0]}`);
      await this.#drop(warm, sessionId);
      return null;
    }
    if (kept && kept.uid === uid && !kept.stream.destroyed) return RunnerLink.begin(kept.stream, uid);
    kept?.stream.destroy();
    return 'cold link';
  }

  /** Removes what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#soon);
    await this.#filling;
    const waiting = this.#ready.splice(0).map((warm) => this.#drop(warm, warm.place));
    await Promise.all([...waiting, ...[...this.#kept.keys()].map((sessionId) => this.release(sessionId))]);
  }

  /** Not at once: whoever has just claimed one wants the machine for himself. */
  #fillSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#closed || this.fill(), FILL_AFTER_MS).unref();
  }

  async #unkeep(sessionId: string): Promise<Kept | null> {
    const kept = this.#kept.get(sessionId);
    this.#kept.delete(sessionId);
    return (await kept) ?? null;
  }

  #nameOf(warm: Warm): string {
    return containerName(this.#options.instance, warm.place);
  }

  async #seat(warm: Warm, sessionId: string, uid: number): Promise<void> {
    const { home, door: way } = this.#options;
    const disk = diskOf(home, sessionId);
    // A session that has a disk keeps it; any other takes the new one, which is mounted already.
    const known = await link(warm.disk, disk).then(
      () => null,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return disk;
        throw error;
      },
    );
    const runFolder = await openRunFolder(home, sessionId);
    const door = way ? (await openDoorMount(way, sessionId, runFolder)).Source : '';
    await Promise.all([
      addPerson(runFolder, uid),
      this.#live.seat(warm.place, sessionId, { disk: known, runFolder, door }),
    ]);
    await rm(warm.disk, { force: true });
  }

  async #fill(): Promise<void> {
    if (this.#size > 0) await this.#live.prepare();
    while (!this.#closed && this.#ready.length < this.#size)
      this.#ready.push(await this.#engine.inTurn(() => this.#make()));
  }

  async #make(): Promise<Warm> {
    const { home, diskMb } = this.#options;
    const place = `warm${randomBytes(8).toString('hex')}`;
    await mkdir(join(home, 'workspaces'), { recursive: true, mode: 0o700 });
    const warm = { place, disk: join(home, 'workspaces', `${place}.spare`) };
    try {
      await makeDisk(warm.disk, diskMb);
      await this.#live.make(place);
      await writeNames(join(this.#live.folder(place), 'run'));
      await this.#engine.make(warmSpec(this.#options, place, this.#live.folder(place)));
      await this.#live.furnish(place, warm.disk);
      return warm;
    } catch (error) {
      await this.#drop(warm, place).catch(() => {});
      throw error;
    }
  }

  async #drop(warm: Warm, heldBy: string): Promise<void> {
    await this.#engine.remove(containerName(this.#options.instance, heldBy));
    await this.#live.clear(warm.place);
    await rm(warm.disk, { force: true });
  }
}
