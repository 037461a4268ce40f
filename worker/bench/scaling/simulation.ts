/** A small simulation of queues by events: places with so many servers, and jobs that go from one to the next. */

/** What a job does next: waits for a free server of each place in order, stays for a time, and leaves all of them. */
export interface Step {
  at: readonly string[];
  /** In ms. */
  ms: number;
}

/** A job takes the places of `holds` before its first step and leaves them behind its last. */
export interface Job {
  /** When it comes, in ms. */
  from: number;
  holds: readonly string[];
  steps: Iterable<Step>;
}

export interface Simulated {
  /** When the last job was done, in ms. */
  endedMs: number;
  /** From a job's coming to its end, in the order of their ends, in ms. */
  tookMs: number[];
  /** Of each place the share of its servers' time that was used, until the last job was done. */
  used: Map<string, number>;
}

interface Place {
  servers: number;
  free: number;
  waiting: Queue<() => void>;
  /** Server-milliseconds used. */
  usedMs: number;
}

/** Runs the jobs over the places; who waits is served in the order of coming. */
export function simulate(servers: Readonly<Record<string, number>>, jobs: Iterable<Job>): Simulated {
  const places = new Map<string, Place>(
    Object.entries(servers).map(([name, count]) => [
      name,
      { servers: count, free: count, waiting: new Queue(), usedMs: 0 },
    ]),
  );
  const clock = new Clock();
  const tookMs: number[] = [];

  const placeOf = (name: string): Place => {
    const place = places.get(name);
    if (!place) throw new Error(`there is no place ${name}`);
    return place;
  };
  const enter = (names: readonly string[], then: () => void): void => {
    const [name, ...rest] = names;
    if (name === undefined) {
      then();
      return;
    }
    const place = placeOf(name);
    const served = () => enter(rest, then);
    if (place.free === 0) place.waiting.push(served);
    else {
      place.free -= 1;
      served();
    }
  };
  const leave = (name: string, stayedMs: number): void => {
    const place = placeOf(name);
    place.usedMs += stayedMs;
    const next = place.waiting.shift();
    if (next) next();
    else place.free += 1;
  };
  const start = ({ from, holds, steps }: Job): void => {
    const ahead = steps[Symbol.iterator]();
    let heldSince = 0;
    const go = (): void => {
      const { done, value: step } = ahead.next();
      if (done) {
        for (const name of holds) leave(name, clock.now - heldSince);
        tookMs.push(clock.now - from);
        return;
      }
      enter(step.at, () =>
        clock.after(step.ms, () => {
          for (const name of step.at) leave(name, step.ms);
          go();
        }),
      );
    };
    clock.at(from, () =>
      enter(holds, () => {
        heldSince = clock.now;
        go();
      }),
    );
  };
  for (const job of jobs) start(job);
  clock.run();
  return {
    endedMs: clock.now,
    tookMs,
    used: new Map(
      [...places].map(([name, { servers: count, usedMs }]) => [name, usedMs / count / clock.now]),
    ),
  };
}

/** What is to happen, by time; a binary heap. */
class Clock {
  now = 0;
  readonly #due: { ms: number; order: number; act: () => void }[] = [];
  #order = 0;

  after(ms: number, act: () => void): void {
    this.at(this.now + ms, act);
  }

  at(ms: number, act: () => void): void {
    const due = this.#due;
    due.push({ ms, order: this.#order++, act });
    for (let child = due.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#before(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  run(): void {
    for (let next = this.#pop(); next; next = this.#pop()) {
      this.now = next.ms;
      next.act();
    }
  }

  #pop() {
    const due = this.#due;
    const first = due[0];
    const last = due.pop();
    if (!last || due.length === 0) return first;
    due[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const smaller = left + 1 < due.length && this.#before(left + 1, left) ? left + 1 : left;
      if (smaller >= due.length || !this.#before(smaller, parent)) return first;
      this.#swap(smaller, parent);
      parent = smaller;
    }
  }

  /** Of what is due at the same moment, what was said first comes first: a seed gives one history. */
  #before(one: number, other: number): boolean {
    const [a, b] = [this.#due[one], this.#due[other]];
    if (!a || !b) return false;
    return a.ms < b.ms || (a.ms === b.ms && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#due[one], this.#due[other]];
    if (!a || !b) return;
    this.#due[one] = b;
    this.#due[other] = a;
  }
}

/** First come, first served; an array's own `shift` is slow for long ones. */
class Queue<T> {
  #items: T[] = [];
  #head = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head += 1;
    if (this.#head > 1_000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
