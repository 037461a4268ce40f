/** One door's requests that come to nothing cost this much of its time, in milliseconds; 50 of them a second go on. */
const everyMs = 20;
/** So many at once are nobody's attack. */
const burst = 600;
/** Who owes this much more is not listened to at all. */
const deafMs = 10_000;
/** And is listened to again so long after it has ceased. */
const amendsMs = 1_000;

/**
 * What one sandbox may take of the role's time with requests that come to nothing. Beyond it, what it asks next waits in
 * line and is looked at one by one, so that the sandboxes beside it need not. What goes through is not counted.
 */
export class Share {
  readonly #line = new Set<(heard: boolean) => void>();
  readonly #now: () => number;
  /** When all that came to nothing so far is paid for. */
  #paidAt = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Nobody waits, and whoever comes is looked at at once. */
  get free(): boolean {
    return this.#line.size === 0 && this.#owedMs <= burst * everyMs;
  }

  /** It goes on and on: what more comes is broken off without a word. */
  get deaf(): boolean {
    return this.#owedMs > burst * everyMs + deafMs;
  }

  /** A request, or a connection without any, came to nothing. */
  charge(): void {
    const now = this.#now();
    this.#paidAt = Math.min(Math.max(this.#paidAt, now) + everyMs, now + burst * everyMs + deafMs + amendsMs);
  }

  /** Waits in line until it is looked at; false when `signal` ends the waiting. */
  enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const settle = (heard: boolean) => {
      this.#line.delete(settle);
      signal.removeEventListener('abort', leave);
      resolve(heard);
    };
    const leave = () => settle(false);
    signal.addEventListener('abort', leave, { once: true });
    this.#line.add(settle);
    this.#timer ??= setInterval(() => this.#next(), everyMs);
    return promise;
  }

  /** Another turn begins: its author owes nothing. */
  forgive(): void {
    this.#paidAt = 0;
  }

  get #owedMs(): number {
    return this.#paidAt - this.#now();
  }

  #next(): void {
    const [first] = this.#line;
    first?.(true);
    if (this.#line.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
