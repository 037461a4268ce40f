import type { HostAsks, ItemState } from '#core/approvals/host-asks.ts';

/** How often the answers are looked for although no signal told of one. */
const lookMs = 500;
/** Each look keeps the requests held for this long: those of a process that died are free again soon. */
export const heldMs = 5_000;

interface Waiting {
  sessionId: string;
  settle(state: ItemState): void;
}

/** Requests that wait for an answer of people: all those of a process, looked after by one statement. */
export class Holds {
  readonly #asks: Pick<HostAsks, 'look' | 'release'>;
  readonly #waiting = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #again = false;

  constructor(asks: Pick<HostAsks, 'look' | 'release'>) {
    this.#asks = asks;
  }

  /** What became of a request that is on a card; `open` when it was not answered in time, or nobody waits any more. */
  async wait(itemId: string, sessionId: string, holdMs: number, signal: AbortSignal): Promise<ItemState> {
    const { promise, resolve } = Promise.withResolvers<ItemState>();
    const leave = () => resolve({ kind: 'open' });
    const late = setTimeout(leave, holdMs);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    this.#waiting.set(itemId, { sessionId, settle: resolve });
    this.#timer ??= setInterval(() => this.#look(), lookMs);
    this.#look();
    const state = await promise;
    clearTimeout(late);
    signal.removeEventListener('abort', leave);
    this.#waiting.delete(itemId);
    if (this.#waiting.size === 0 && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    // From now on an answer frees the retry. A look that was on its way must not hold it again.
    await this.#looking;
    await this.#asks.release(itemId).catch(() => {});
    return state;
  }

  /** Something has happened in a session. */
  nudge(sessionId: string): void {
    const concerned = [...this.#waiting.values()].some((one) => one.sessionId === sessionId);
    if (concerned) this.#look();
  }

  #look(): void {
    this.#again = true;
    this.#looking ??= this.#lookAll().finally(() => {
      this.#looking = null;
    });
  }

  async #lookAll(): Promise<void> {
    while (this.#again && this.#waiting.size > 0) {
      this.#again = false;
      // A database that is away is asked again by the timer; nothing is let through meanwhile.
      const found = await this.#asks.look([...this.#waiting.keys()], heldMs).catch(() => null);
      for (const [itemId, state] of found ?? []) {
        if (state.kind !== 'open') this.#waiting.get(itemId)?.settle(state);
      }
    }
  }
}
