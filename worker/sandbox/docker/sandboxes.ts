import { messageOf } from '#core/errors.ts';
import type { HowToClose, Sandbox, Sandboxes, SandboxSpec } from '../port.ts';
import { engineError } from './engine.ts';
import { EngineCalls } from './engine-calls.ts';
import { forgetWorkspaces } from './forgotten.ts';
import { LiveSeats } from './live-seats.ts';
import type { SandboxOptions } from './options.ts';
import { idleMs, touchRunFolder } from './people.ts';
import { DockerSandbox } from './sandbox.ts';
import { Seat, type SeatDeps } from './seat.ts';
import { WorkspaceSnapshots } from './snapshots.ts';
import { WarmPool } from './warm-pool.ts';
import { dropWorkspace, hasWorkspace } from './workspace.ts';

/** Sandboxes as containers of a local Docker engine. */
export class DockerSandboxes implements Sandboxes {
  readonly #options: SandboxOptions;
  readonly #engine: EngineCalls;
  readonly #live: LiveSeats;
  readonly #snapshots: WorkspaceSnapshots;
  readonly #pool: WarmPool;
  readonly #seats = new Map<string, Seat>();

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#engine = new EngineCalls(options.docker, options.engineMs);
    this.#live = new LiveSeats(options);
    this.#snapshots = new WorkspaceSnapshots(options);
    this.#pool = new WarmPool(this.#engine, options, this.#live);
  }

  /** Fills the pool of sandboxes made in advance; resolves when it is full. */
  warm(): Promise<void> {
    return this.#pool.fill();
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    signal?.throwIfAborted();
    const seat = this.#seat(spec.sessionId);
    const uid = await this.#options.uidFor(spec.userId);
    if (spec.epoch !== undefined) await seat.fence(spec.epoch);
    seat.startFrom(spec.image ?? this.#options.image);
    const found = await hasWorkspace(this.#options.home, spec.sessionId);
    await seat.use(() => seat.link(uid));
    if (seat.takeBrought()) spec.onMade?.('saved');
    else if (!found) spec.onMade?.('empty');
    signal?.throwIfAborted();
    return new DockerSandbox(seat, { uid, epoch: spec.epoch ?? 0 }, this.#options);
  }

  async expect({ sessionId, userId, image = this.#options.image }: SandboxSpec): Promise<void> {
    if (image === this.#options.image && !this.#seats.has(sessionId))
      await this.#pool.expect(sessionId, await this.#options.uidFor(userId));
  }

  async renew({ sessionId, epoch }: SandboxSpec): Promise<void> {
    const seat = this.#seat(sessionId);
    if (epoch !== undefined) await seat.fence(epoch);
    await seat.remove();
    // First: what other hosts have saved must not come back in place of what is removed.
    await this.#snapshots.passOver(sessionId);
    await dropWorkspace(this.#engine, this.#options, sessionId);
  }

  async endTurn(sessionId: string, epoch?: number): Promise<void> {
    await this.#pool.release(sessionId);
    await this.#unkept(sessionId).sweep({ epoch });
  }

  async save(sessionId: string): Promise<void> {
    const root = await this.#unkept(sessionId).standsAt();
    if (root !== null) await this.#snapshots.saveStanding(sessionId, root);
  }

  async reap(liveSessions: (ids: string[]) => Promise<Set<string>>): Promise<number> {
    const sessions = await this.#running();
    const live = await liveSessions(sessions);
    let removed = 0;
    for (const session of sessions) {
      const busy = this.#seats.get(session)?.busy ?? false;
      // Other workers on this host see by this that a long command is still followed.
      if (busy) await touchRunFolder(this.#options.home, session);
      const idle = !busy && (await idleMs(this.#options.home, session)) >= this.#options.idleSeconds * 1000;
      if (live.has(session) && !idle) continue;
      await this.#unkept(session).remove();
      this.#seats.delete(session);
      if (live.has(session)) await this.#save(session);
      removed += 1;
    }
    await this.#pool.keep();
    await this.#live.tidy(this.#engine, this.#options.instance);
    await forgetWorkspaces(this.#engine, this.#options, liveSessions);
    return removed;
  }

  async close({ leave = false, all = false }: HowToClose = {}): Promise<void> {
    if (all) for (const session of await this.#running()) this.#seat(session);
    const seats = [...this.#seats.values()];
    this.#seats.clear();
    await this.#pool.close();
    await Promise.all(seats.map((seat) => (leave ? seat.letGo() : seat.remove())));
    if (!all) return;
    // The last one out leaves nothing on the machine, also of workers that were killed, and nothing mounted.
    await this.#live.tidy(this.#engine, this.#options.instance, 0);
    await this.#live.leave();
  }

  /** A workspace that could not be saved is still on this host. */
  async #save(session: string): Promise<void> {
    await this.#snapshots.save(session).catch((error: unknown) => {
      this.#options.onNote(`the workspace of ${session} was not saved for other hosts: ${messageOf(error)}`);
    });
  }

  #seat(sessionId: string): Seat {
    const seat = this.#unkept(sessionId);
    this.#seats.set(sessionId, seat);
    return seat;
  }

  get #deps(): SeatDeps {
    return {
      engine: this.#engine,
      options: this.#options,
      pool: this.#pool,
      live: this.#live,
      snapshots: this.#snapshots,
    };
  }

  /** A seat to act on once: only what this process opened is closed with it. */
  #unkept(sessionId: string): Seat {
    return this.#seats.get(sessionId) ?? new Seat(this.#deps, sessionId);
  }

  /** Sessions that have a container of this installation on this host, whoever made it. */
  async #running(): Promise<string[]> {
    try {
      return await this.#engine.sessions(this.#options.instance);
    } catch (error) {
      throw engineError(error);
    }
  }
}
