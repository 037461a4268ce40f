import type { Fence, Standing, Standings } from '#core/secrets/leases.ts';
import { type GroundDeps, type Grounds, readGrounds } from './grounds.ts';

/**
 * How old what we know of the turn may be. A worker runs no command of a new turn before this door has confirmed it
 * (`Doors.open`), so that no request of one turn is ever taken for another's.
 */
const standingMs = 200;
/** A changed policy holds after this. */
const groundsMs = 2_000;

/** What is decided on now: the turn and its grounds. */
export interface Now {
  standing: Standing;
  grounds: Grounds;
}

/** Knows which turn of a session runs. */
export class TurnWatch {
  readonly #sessionId: string;
  readonly #deps: GroundDeps & { standings: Standings };
  /** Told when the turn that ran is no longer the one that runs. */
  readonly #onTurnOver: () => void;
  #asked: { at: number; answer: Promise<Standing | null> } | null = null;
  #grounds: { key: string; at: number; read: Promise<Grounds> } | null = null;
  #turnId: string | null = null;
  /** The claim whose worker has said that it is over, whatever the database still says. */
  #over: Fence | null = null;

  constructor(sessionId: string, deps: GroundDeps & { standings: Standings }, onTurnOver: () => void) {
    this.#sessionId = sessionId;
    this.#deps = deps;
    this.#onTurnOver = onTurnOver;
  }

  /** The turn that was seen last. */
  get turnId(): string | null {
    return this.#turnId;
  }

  /** The running turn; null when there is none. */
  async standing(maxAgeMs = standingMs): Promise<Standing | null> {
    const now = performance.now();
    if (!this.#asked || now - this.#asked.at > maxAgeMs) {
      const answer = this.#deps.standings.of(this.#sessionId);
      this.#asked = { at: now, answer };
      answer.catch(() => {
        if (this.#asked?.answer === answer) this.#asked = null;
      });
    }
    const standing = await this.#asked.answer;
    const over = this.#over;
    const running =
      standing && over?.turnId === standing.turnId && standing.epoch <= over.epoch ? null : standing;
    if ((running?.turnId ?? null) !== this.#turnId) {
      if (this.#turnId !== null) this.#onTurnOver();
      this.#turnId = running?.turnId ?? null;
    }
    if (!running) this.#grounds = null;
    return running;
  }

  async now(): Promise<Now | null> {
    const standing = await this.standing();
    return standing && { standing, grounds: await this.#groundsOf(standing) };
  }

  /** From now on only what the database says from now on counts. */
  forget(): void {
    this.#asked = null;
    this.#grounds = null;
  }

  /** Nothing of this claim passes any more. Whoever says so closes its connections. */
  end(fence: Fence): void {
    this.#over = fence;
    this.#turnId = null;
    this.forget();
  }

  #groundsOf(standing: Standing): Promise<Grounds> {
    const { turnId, epoch, leased } = standing;
    const key = [turnId, epoch, ...leased].join(' ');
    const known = this.#grounds;
    if (known?.key === key && performance.now() - known.at < groundsMs) return known.read;
    const read = readGrounds(standing, this.#deps);
    const fresh = { key, at: performance.now(), read };
    this.#grounds = fresh;
    read.catch(() => {
      if (this.#grounds === fresh) this.#grounds = null;
    });
    return read;
  }
}
