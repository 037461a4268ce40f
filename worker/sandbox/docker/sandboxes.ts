import type Docker from 'dockerode';
import type { Sandbox, Sandboxes, SandboxSpec } from '../port.ts';
import { connectEngine, engineError } from './engine.ts';
import { LABEL_INSTANCE, LABEL_SESSION, type SandboxOptions } from './options.ts';
import { idleMs, touchRunFolder } from './people.ts';
import { DockerSandbox } from './sandbox.ts';
import { Seat } from './seat.ts';

/** Sandboxes as containers of a local Docker engine. */
export class DockerSandboxes implements Sandboxes {
  readonly #options: SandboxOptions;
  readonly #engine: Docker;
  readonly #seats = new Map<string, Seat>();

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#engine = connectEngine(options.docker);
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    signal?.throwIfAborted();
    const seat = this.#seat(spec.sessionId);
    const uid = await this.#options.uidFor(spec.userId);
    await seat.use(() => seat.link(uid));
    signal?.throwIfAborted();
    return new DockerSandbox(seat, uid, this.#options);
  }

  async endTurn(sessionId: string): Promise<void> {
    await this.#unkept(sessionId).sweep();
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
    return removed;
  }

  async close({ leave }: { leave: boolean } = { leave: false }): Promise<void> {
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
    const filters = { label: [`${LABEL_INSTANCE}=${this.#options.instance}`, LABEL_SESSION] };
    const containers = await this.#engine.listContainers({ all: true, filters }).catch((error: unknown) => {
      throw engineError(error);
    });
    return containers
      .map((container) => container.Labels[LABEL_SESSION] ?? '')
      .filter((session) => session !== '');
  }
}
