import { DeckhandError } from '#core/errors.ts';
import { canonical, fingerprint, wellFormedDeep } from '#core/events/canonical.ts';
import type {
  EffectSpec,
  Journal,
  Performance,
  Performed,
  RecordedEffect,
} from '#core/events/journal-port.ts';
import type { EffectKind } from '#core/events/types.ts';

interface Entry {
  spec: EffectSpec;
  print: string;
  attempt: number;
  receipt: string | null;
}

/** What outlives a process: intents and receipts, in the order they were written. */
export class MemoryLog {
  readonly entries = new Map<string, Entry>();
  /** Times each effect was performed, by key. */
  readonly performed = new Map<string, number>();

  receipt(key: string): Performed<unknown> | null {
    const text = this.entries.get(key)?.receipt;
    return text ? (JSON.parse(text) as Performed<unknown>) : null;
  }

  keys(kind?: EffectSpec['kind']): string[] {
    return [...this.entries].filter(([, entry]) => !kind || entry.spec.kind === kind).map(([key]) => key);
  }
}

/** Thrown where a process was killed. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/**
 * The journal's contract over a log in memory. With `killAt`, the process dies at that boundary (counted over all
 * effects: before and after each intent, before and after each receipt) and does nothing ever after.
 */
export class MemoryJournal implements Journal {
  readonly #log: MemoryLog;
  readonly #killAt: number;
  #boundary = 0;
  #dead = false;

  constructor(log: MemoryLog, killAt = Number.POSITIVE_INFINITY) {
    this.#log = log;
    this.#killAt = killAt;
  }

  /** Boundaries passed so far. */
  get boundaries(): number {
    return this.#boundary;
  }

  settled(key: string): boolean {
    return this.#log.entries.get(key)?.receipt != null;
  }

  async recorded(kind: EffectKind): Promise<RecordedEffect[]> {
    return this.#log.keys(kind).map((key) => ({
      key,
      request: this.#log.entries.get(key)?.spec.request,
      receipt: this.#log.receipt(key),
    }));
  }

  async effect<T>(
    spec: EffectSpec,
    perform: (how: Performance) => Promise<Performed<T>>,
  ): Promise<Performed<T>> {
    const request = wellFormedDeep(spec.request);
    const print = fingerprint({ kind: spec.kind, request });
    const known = this.#log.entries.get(spec.key);
    if (known && known.print !== print)
      throw new DeckhandError('turn.diverged', `${spec.key} is not what the log recorded`);
    if (known?.receipt) return JSON.parse(known.receipt) as Performed<T>;

    await this.#pass();
    const entry = { spec, print, attempt: (known?.attempt ?? 0) + 1, receipt: null as string | null };
    this.#log.entries.set(spec.key, entry);
    await this.#pass();
    this.#log.performed.set(spec.key, (this.#log.performed.get(spec.key) ?? 0) + 1);
    const performed = await perform({ attempt: entry.attempt, inDoubt: known !== undefined });
    await this.#pass();
    entry.receipt = canonical(wellFormedDeep(performed));
    await this.#pass();
    return JSON.parse(entry.receipt) as Performed<T>;
  }

  /** Parallel effects take turns, as they would over a database. */
  async #pass(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#boundary += 1;
    if (this.#boundary === this.#killAt) this.#dead = true;
    if (this.#dead) throw new Killed(`killed at boundary ${this.#killAt}`);
  }
}
