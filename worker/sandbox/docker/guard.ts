/** The time a runner has to answer is over: it is gone, stuck, or no longer what it was. */
export class GuardMet extends Error {
  override readonly name = 'GuardMet';
  readonly stopped: 'timed_out' | 'cancelled';

  constructor(stopped: 'timed_out' | 'cancelled') {
    super(`the runner did not end what was ${stopped}`);
    this.stopped = stopped;
  }
}

/** The worker's own clock over a command, for the runner belongs to the agent's uid. */
export class Guard {
  /** Rejects with `GuardMet`; never resolves. */
  readonly met: Promise<never>;
  readonly #reject: (error: Error) => void;
  #timer: NodeJS.Timeout;

  constructor(ms: number) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.met = promise;
    this.#reject = reject;
    this.met.catch(() => {});
    this.#timer = this.#arm('timed_out', ms);
  }

  shorten(stopped: GuardMet['stopped'], ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#arm(stopped, ms);
  }

  release(): void {
    clearTimeout(this.#timer);
  }

  #arm(stopped: GuardMet['stopped'], ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#reject(new GuardMet(stopped)), Math.min(ms, 2 ** 31 - 1));
  }
}
