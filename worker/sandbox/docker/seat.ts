import { finished } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { WORKSPACE } from '../limits.ts';
import type { Program } from '../port.ts';
import { containerName, containerSpec } from './container.ts';
import { openDoorMount } from './door-mount.ts';
import { conflict, engineError, ignoringGone, refusalOf, withoutImage } from './engine.ts';
import type { EngineCalls } from './engine-calls.ts';
import { raiseEpoch } from './epoch.ts';
import type { LiveSeats } from './live-seats.ts';
import type { SandboxOptions } from './options.ts';
import { addPerson, openRunFolder, touchRunFolder, uidsIn } from './people.ts';
import { openProgram } from './program.ts';
import { RunnerLink } from './runner-link.ts';
import type { WorkspaceSnapshots } from './snapshots.ts';
import type { WarmPool } from './warm-pool.ts';
import { hasDisk, openWorkspace } from './workspace.ts';

const MAKE_ATTEMPTS = 60;
const MAKE_PAUSE_MS = 50;
const START_MS = 3000;
/** How the helper ends a sweep that did not get done. */
const LEFT = 1;

/** What the seats of a worker share. */
export interface SeatDeps {
  engine: EngineCalls;
  options: SandboxOptions;
  pool: WarmPool;
  live: LiveSeats;
  snapshots: WorkspaceSnapshots;
}

/** One session's place on this host: its container, whoever made it, and this process's links into it. */
export class Seat {
  readonly sessionId: string;
  readonly #engine: EngineCalls;
  readonly #options: SandboxOptions;
  readonly #pool: WarmPool;
  readonly #live: LiveSeats;
  readonly #snapshots: WorkspaceSnapshots;
  readonly #links = new Map<number, Promise<RunnerLink>>();
  /** What its container is to be started from. */
  #image: string;
  #container: Promise<string> | null = null;
  #busy = 0;
  /** The disk came from what another host had saved, and nobody was told yet. */
  #brought = false;
  /** What this process saw the session's containers die of, oldest first. */
  readonly deaths: string[] = [];

  constructor({ engine, options, pool, live, snapshots }: SeatDeps, sessionId: string) {
    this.#engine = engine;
    this.#options = options;
    this.#image = options.image;
    this.#pool = pool;
    this.#live = live;
    this.#snapshots = snapshots;
    this.sessionId = sessionId;
  }

  get #name(): string {
    return containerName(this.#options.instance, this.sessionId);
  }

  get busy(): boolean {
    return this.#busy > 0;
  }

  /** Keeps the reaper away while `work` goes on. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      await touchRunFolder(this.#options.home, this.sessionId);
    }
  }

  /** Shuts out whoever holds an older claim on the session. @throws {DeckhandError} `turn.fenced` */
  async fence(epoch: number): Promise<void> {
    await raiseEpoch(await openRunFolder(this.#options.home, this.sessionId), epoch);
  }

  /** Was the disk brought from another host since this was last asked? */
  takeBrought(): boolean {
    const brought = this.#brought;
    this.#brought = false;
    return brought;
  }

  /** From the next link on its container is one of this image. */
  startFrom(image: string): void {
    if (image === this.#image) return;
    this.#closeLinks();
    this.#container = null;
    this.#image = image;
  }

  /** The running container's name; found, or made. Concurrent calls share one making. */
  container(): Promise<string> {
    this.#container ??= this.#findOrMake().catch((error: unknown) => {
      this.#container = null;
      throw engineError(error);
    });
    return this.#container;
  }

  /** The link to a person's runner, reopened when it was lost; a container that died is replaced. */
  link(uid: number): Promise<RunnerLink> {
    const known = this.#links.get(uid) ?? Promise.resolve(null);
    // Chained on the last one, so that calls at once open one link.
    const next = known.catch(() => null).then((link) => (link && !link.closed ? link : this.#openLink(uid)));
    this.#links.set(uid, next);
    return next;
  }

  /** Starts a program for a person; the reaper keeps away for as long as it is talked to. */
  async serve(uid: number, epoch: number, script: string): Promise<Program> {
    // The link brings what every start in a sandbox needs: its container, and the person's place in it.
    await this.link(uid);
    const program = await openProgram(this.#engine, await this.container(), { uid, epoch, script }).catch(
      (error: unknown) => {
        throw engineError(error);
      },
    );
    void this.use(() => finished(program.stream).catch(() => {}));
    return program;
  }

  /** Why the container no longer runs, in words; null while it does. */
  async causeOfDeath(): Promise<string | null> {
    const cause = await this.#inspectDeath();
    if (cause !== null) {
      this.#container = null;
      this.deaths.push(cause);
    }
    return cause;
  }

  /** Kills all that people left running, if there is a container; nothing when a newer claim than `epoch` stands. */
  async sweep({ uids, epoch }: { uids?: number[]; epoch?: number } = {}): Promise<void> {
    const mode = epoch === undefined ? ['sweep'] : ['sweep', `${epoch}`];
    const folder = await openRunFolder(this.#options.home, this.sessionId);
    let left = false;
    try {
      for (const uid of uids ?? (await uidsIn(folder)))
        left = (await this.#engine.runHelper(this.#name, `${uid}`, ...mode)) === LEFT || left;
    } catch (error) {
      if (![404, 409].includes(refusalOf(error) ?? 0)) throw engineError(error);
    } finally {
      // The sweep killed their far ends; a request on one would be taken for one that may have run.
      this.#closeLinks();
    }
    if (!left) return;
    // More than could be cleared away: what comes next begins in a new container, unless another claim is at work here.
    if (epoch !== undefined) await this.fence(epoch);
    await this.remove();
  }

  /** Where the running container's workspace lies as the host sees it; null while there is none, or it is no disk of ours. */
  async standsAt(): Promise<string | null> {
    if (!(await hasDisk(this.#options.home, this.sessionId))) return null;
    try {
      const { Running: runs, Pid: pid } = await this.#engine.state(this.#name);
      return runs ? `/proc/${pid}/root${WORKSPACE}` : null;
    } catch (error) {
      if (refusalOf(error) === 404) return null;
      throw engineError(error);
    }
  }

  /** Closes this process's links; what runs in the container goes on. */
  letGo(): void {
    this.#closeLinks();
  }

  /** Removes the container; the workspace stays. */
  async remove(): Promise<void> {
    this.#closeLinks();
    // A making under way would otherwise outlive us.
    await this.#container?.catch(() => {});
    this.#container = null;
    try {
      await this.#engine.inTurn(() => this.#engine.remove(this.#name));
      // Whose removal is still under way clears the place himself.
      await ignoringGone(this.#leavePlace());
    } catch (error) {
      throw engineError(error);
    }
  }

  async #inspectDeath(): Promise<string | null> {
    const container = await this.#container?.catch(() => null);
    if (!container) return this.deaths.at(-1) ?? 'the sandbox was stopped';
    try {
      const state = await this.#engine.state(container);
      if (state.Running) return null;
      if (state.OOMKilled)
        return `out of memory: the sandbox's limit of ${this.#options.memoryMb} MiB was met`;
      return 'the sandbox was stopped';
    } catch (error) {
      return refusalOf(error) === 404 ? 'the sandbox was removed' : 'the Docker engine went away';
    }
  }

  #closeLinks(): void {
    for (const link of this.#links.values()) {
      link.then((open) => open.close()).catch(() => {});
    }
    this.#links.clear();
  }

  async #openLink(uid: number): Promise<RunnerLink> {
    const usual = this.#image === this.#options.image;
    const fresh = usual && !this.#container && !(await this.#snapshots.isBehind(this.sessionId));
    const warm = fresh ? await this.#pool.claim(this.sessionId, uid) : null;
    if (warm) this.#container = Promise.resolve(this.#name);
    if (warm && warm !== 'cold link') return warm;
    const container = await this.container();
    try {
      await addPerson(await openRunFolder(this.#options.home, this.sessionId), uid);
      return await RunnerLink.open(this.#engine, container, uid);
    } catch (error) {
      // 404: removed behind our back; 409: not running. Both are mended by a new container, once.
      if (![404, 409, 500].includes(refusalOf(error) ?? 0)) throw engineError(error);
      if ((await this.causeOfDeath()) === null) throw engineError(error);
      return await RunnerLink.open(this.#engine, await this.container(), uid).catch((again: unknown) => {
        throw engineError(again);
      });
    }
  }

  async #findOrMake(): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const found = await this.#findRunning();
      if (found) return found;
      try {
        return await this.#engine.inTurn(() => this.#make());
      } catch (error) {
        // 409: another worker is making or removing the one of this name; a moment later there is one, or none.
        if (refusalOf(error) !== 409 || attempt === MAKE_ATTEMPTS) throw error;
        await setTimeout(MAKE_PAUSE_MS);
      }
    }
  }

  async #findRunning(): Promise<string | null> {
    try {
      for (const waitUntil = Date.now() + START_MS; ; await setTimeout(50)) {
        const state = await this.#engine.state(this.#name);
        if (state.Running && state.image === this.#image) return this.#name;
        // `created` is another worker's container a moment before its start, or what a crash left of it.
        if (state.Status === 'created' && state.image === this.#image && Date.now() < waitUntil) continue;
        await this.#engine.remove(state.id);
        return null;
      }
    } catch (error) {
      if (refusalOf(error) === 404) return null;
      throw error;
    }
  }

  /** A disk mounted twice is a disk lost: what a sandbox made in advance had of this session is taken from its place. */
  async #leavePlace(): Promise<void> {
    const place = await this.#live.placeOf(this.sessionId);
    if (!place) return;
    if ((await this.#engine.warmPlaces(this.#options.instance)).has(place)) throw conflict();
    await this.#live.clear(place);
  }

  async #make(): Promise<string> {
    const runFolder = await openRunFolder(this.#options.home, this.sessionId);
    const { door: way } = this.#options;
    const door = way ? await openDoorMount(way, this.sessionId, runFolder) : null;
    await this.#leavePlace();
    if (await this.#snapshots.bring(this.sessionId)) this.#brought = true;
    const workspace = await openWorkspace(this.#options, this.sessionId);
    try {
      const spec = containerSpec({ ...this.#options, image: this.#image }, this.sessionId, {
        workspace: workspace.mount,
        runFolder,
        door,
      });
      await this.#engine.make(spec).catch((error: unknown) => {
        throw this.#image === this.#options.image ? error : withoutImage(error, this.#image);
      });
      if (workspace.ownedByRoot) await this.#engine.runHelper(this.#name, '0', 'prepare');
      return this.#name;
    } finally {
      await workspace.settle();
    }
  }
}
