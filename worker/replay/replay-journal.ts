import { DeckhandError } from '#core/errors.ts';
import { canonical, fingerprint, wellFormedDeep } from '#core/events/canonical.ts';
import type { EffectSpec, Journal, Performed, RecordedEffect } from '#core/events/journal-port.ts';
import type { EffectKind, EventBodies, LogEvent, Payload } from '#core/events/types.ts';

/** Where a replay and its log part ways. */
export interface Divergence {
  turnId: string;
  /** Key of the effect, or `turn` for its end. */
  key: string;
  recorded: string;
  found: string;
}

interface Recorded {
  kind: EffectKind;
  intent: EventBodies['effect.intent'];
  receipt: EventBodies['effect.receipt'] | null;
}

/** A finished log as a journal: gives receipts, compares fingerprints, performs nothing, writes nothing. */
export class ReplayJournal implements Journal {
  readonly #turnId: string;
  readonly #payloads: ReadonlyMap<string, Uint8Array>;
  readonly #effects = new Map<string, Recorded>();
  readonly #seen = new Set<string>();
  divergence: Divergence | null = null;

  constructor(turnId: string, events: readonly LogEvent[], payloads: ReadonlyMap<string, Uint8Array>) {
    this.#turnId = turnId;
    this.#payloads = payloads;
    for (const { type, key, body } of events) {
      if (key === null) continue;
      if (type === 'effect.intent') this.#effects.set(key, { kind: body.kind, intent: body, receipt: null });
      const effect = this.#effects.get(key);
      if (type === 'effect.receipt' && effect) effect.receipt = body;
    }
  }

  /** Recorded effects that the replay did not come to. */
  unseen(): string[] {
    return [...this.#effects.keys()].filter((key) => !this.#seen.has(key) && this.settled(key));
  }

  settled(key: string): boolean {
    return this.#effects.get(key)?.receipt != null;
  }

  async recorded(kind: EffectKind): Promise<RecordedEffect[]> {
    return [...this.#effects]
      .filter(([, effect]) => effect.kind === kind)
      .map(([key, { intent, receipt }]) => ({
        key,
        request: this.#read(intent.request),
        receipt: receipt && { outcome: receipt.outcome, result: this.#read(receipt.result) },
      }));
  }

  async effect<T>(spec: EffectSpec): Promise<Performed<T>> {
    const recorded = this.#effects.get(spec.key);
    const found = fingerprint({ kind: spec.kind, request: wellFormedDeep(spec.request) });
    if (recorded && recorded.intent.fingerprint !== found) {
      this.diverge(
        spec.key,
        recorded.intent.fingerprint,
        `${found}, ${canonical(wellFormedDeep(spec.request)).slice(0, 2000)}`,
      );
    }
    const receipt = recorded?.receipt;
    const cut =
      receipt?.outcome === 'interrupted' && 'inline' in receipt.result && receipt.result.inline === null;
    // Here the turn itself was cut: there is nothing more to compare.
    if (!receipt || cut)
      throw new DeckhandError('replay.log_ends', `the log says nothing of the end of ${spec.key}`);
    this.#seen.add(spec.key);
    return { outcome: receipt.outcome, result: this.#read(receipt.result) as T };
  }

  /** @throws {DeckhandError} `turn.diverged`, always */
  diverge(key: string, recorded: string, found: string): never {
    this.divergence ??= { turnId: this.#turnId, key, recorded, found };
    throw new DeckhandError('turn.diverged', `${key} is not what the log recorded`);
  }

  #read(payload: Payload): unknown {
    if ('erased' in payload)
      throw new DeckhandError('export.incomplete', 'a payload of this turn was erased');
    if ('inline' in payload) return structuredClone(payload.inline);
    const content = this.#payloads.get(payload.blob);
    if (!content) throw new DeckhandError('export.incomplete', `the log lacks its payload ${payload.blob}`);
    return (JSON.parse(Buffer.from(content).toString('utf8')) as { value: unknown }).value;
  }
}
