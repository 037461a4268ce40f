import { messageOf } from '#core/errors.ts';
import type { EgressLog, TurnEntry } from '#core/events/egress-log-port.ts';

const flushMs = 200;
const maxBatch = 500;
/** Entries that wait for a database which is away; beyond this the door does not let anything more pass. */
const maxWaiting = 50_000;

/** Writes what the doors of a process have seen in batches, one in flight for each session; keeps what could not be written. */
export class Ledger {
  readonly #log: Pick<EgressLog, 'append'>;
  readonly #onFault: (why: string) => void;
  readonly #sessions = new Map<string, Pages>();
  #waiting = 0;

  constructor(log: Pick<EgressLog, 'append'>, onFault: (why: string) => void) {
    this.#log = log;
    this.#onFault = onFault;
  }

  /** True while nothing more may pass, since it could not be written down. */
  get full(): boolean {
    return this.#waiting >= maxWaiting;
  }

  /** Resolves when it is written. `urgent` does not wait for others to share its batch. */
  add(sessionId: string, entry: TurnEntry, urgent: boolean): Promise<void> {
    const pages = this.#sessions.get(sessionId) ?? { entries: [], timer: null, writing: null };
    this.#sessions.set(sessionId, pages);
    const { promise, resolve } = Promise.withResolvers<void>();
    pages.entries.push({ entry, resolve });
    this.#waiting += 1;
    if (urgent || pages.entries.length >= maxBatch) void this.flush(sessionId);
    else pages.timer ??= setTimeout(() => void this.flush(sessionId), flushMs);
    return promise;
  }

  /** Writes all that the session has. False: the database is away; it is tried again. */
  async flush(sessionId: string): Promise<boolean> {
    const pages = this.#sessions.get(sessionId);
    if (!pages) return true;
    if (pages.timer) clearTimeout(pages.timer);
    pages.timer = null;
    pages.writing ??= this.#write(sessionId, pages).finally(() => {
      pages.writing = null;
      if (pages.entries.length === 0) this.#sessions.delete(sessionId);
      else pages.timer ??= setTimeout(() => void this.flush(sessionId), flushMs);
    });
    return pages.writing;
  }

  async flushAll(): Promise<void> {
    await Promise.all([...this.#sessions.keys()].map((sessionId) => this.flush(sessionId)));
  }

  async #write(sessionId: string, pages: Pages): Promise<boolean> {
    // What comes in this moment shares the batch.
    await new Promise(setImmediate);
    while (pages.entries.length > 0) {
      const batch = pages.entries.slice(0, maxBatch);
      try {
        await this.#log.append(
          sessionId,
          batch.map(({ entry }) => entry),
        );
      } catch (error) {
        this.#onFault(messageOf(error));
        pages.timer ??= setTimeout(() => void this.flush(sessionId), 5 * flushMs);
        return false;
      }
      pages.entries.splice(0, batch.length);
      this.#waiting -= batch.length;
      for (const { resolve } of batch) resolve();
    }
    return true;
  }
}

interface Pages {
  entries: { entry: TurnEntry; resolve: () => void }[];
  timer: NodeJS.Timeout | null;
  writing: Promise<boolean> | null;
}
