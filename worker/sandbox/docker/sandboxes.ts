import type { HowToClose, Sandbox, Sandboxes, SandboxSpec } from '../port.ts';
import { engineError } from './engine.ts';
import { EngineCalls } from './engine-calls.ts';
import { forgetWorkspaces } from './forgotten.ts';
import type { SandboxOptions } from './options.ts';
import { idleMs, touchRunFolder } from './people.ts';
import { DockerSandbox } from './sandbox.ts';
import { Seat } from './seat.ts';

/** Sandboxes as containers of a local Docker engine. */
export class DockerSandboxes implements Sandboxes {
  readonly #options: SandboxOptions;
  readonly #engine: EngineCalls;
  readonly #seats = new Map<string, Seat>();

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#engine = new EngineCalls(options.docker, options.engineMs);
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    signal?.throwIfAborted();
    const seat = this.#seat(spec.sessionId);
    const uid = await this.#options.uidFor(spec.userId);
    if (spec.epoch !== undefined) await seat.fence(spec.epoch);
    await seat.use(() => seat.link(uid));
    signal?.throwIfAborted();
    return new DockerSandbox(seat, { uid, epoch: spec.epoch ?? 0 }, this.#options);
  }

  async endTurn(sessionId: string, epoch?: number): Promise<void> {
    await this.#unkept(sessionId).sweep({ epoch });
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
      removed += 1;
    }
    await forgetWorkspaces(this.#engine, this.#options, liveSessions);
    return removed;
  }

  async close({ leave = false, all = false }: HowToClose = {}): Promise<void> {
    if (all) for (const session of await this.#running()) this.#seat(session);
    const seats = [...this.#seats.values()];
    this.#seats.clear();
    await Promise.all(seats.map((seat) => (leave ? seat.letGo() : seat.remove())));
  }

  #seat(sessionId: string): Seat {
    const seat = this.#unkept(sessionId);
    this.#seats.set(sessionId, seat);
    return seat;
  }

  /** A seat to act on once: only what this process opened is closed with it. */
  #unkept(sessionId: string): Seat {
    return this.#seats.get(sessionId) ?? new Seat(this.#engine, this.#options, sessionId);
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
