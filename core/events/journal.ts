import { DeckhandError } from '#core/errors.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { Appender } from './appender.ts';
import { canonical, fingerprint, wellFormedDeep } from './canonical.ts';
import type { EffectSpec, Journal, Performance, Performed, RecordedEffect } from './journal-port.ts';
import type { EffectKind, EventBodies, EventType, LogEvent, Payload } from './types.ts';

/** Where large payloads lie. */
export interface PayloadStore {
  put(content: Uint8Array, maxBytes: number): Promise<{ hash: string; size: number }>;
  get(hash: string): Promise<Uint8Array>;
}

export interface JournalDeps {
  appender: Appender;
  payloads: PayloadStore;
  /** The clock of what is written, not of what is decided. */
  now(): Date;
}

interface Recorded {
  kind: EffectKind;
  intentSeq: number;
  fingerprint: string;
  attempt: number;
  request: Payload;
  receipt: EventBodies['effect.receipt'] | null;
}

/** Above this a payload goes to the blob store, in bytes of canonical text. */
const inlineBytes = 64 * 1024;
const maxPayloadBytes = 64 * 1024 * 1024;

/** The journal of one claimed turn: effects over the log, written under the claim's epoch. */
export class TurnJournal implements Journal {
  readonly #claim: Claim;
  readonly #deps: JournalDeps;
  readonly #effects: Map<string, Recorded>;
  /** Receipts on their way: the next intent shares their batch and waits for them. */
  readonly #receipts = new Set<Promise<number>>();

  constructor(claim: Claim, events: readonly LogEvent[], deps: JournalDeps) {
    this.#claim = claim;
    this.#deps = deps;
    this.#effects = collectEffects(events);
  }

  /** Effects with a receipt, and the titles' keys of those that were begun and not settled. */
  standing(): { done: number; inDoubt: string[] } {
    const all = [...this.#effects];
    return {
      done: all.filter(([, effect]) => effect.receipt !== null).length,
      inDoubt: all.filter(([, effect]) => effect.receipt === null).map(([key]) => key),
    };
  }

  settled(key: string): boolean {
    return this.#effects.get(key)?.receipt != null;
  }

  async recorded(kind: EffectKind): Promise<RecordedEffect[]> {
    const effects = [...this.#effects].filter(([, effect]) => effect.kind === kind);
    return Promise.all(
      effects.map(async ([key, { request, receipt }]) => ({
        key,
        request: await this.#read(request),
        receipt: receipt && (await this.#stored(receipt)),
      })),
    );
  }

  async effect<T>(
    spec: EffectSpec,
    perform: (how: Performance) => Promise<Performed<T>>,
  ): Promise<Performed<T>> {
    const request = wellFormedDeep(spec.request);
    const print = fingerprint({ kind: spec.kind, request });
    const recorded = this.#effects.get(spec.key);
    if (recorded && recorded.fingerprint !== print)
      await this.#diverge(spec.key, recorded.fingerprint, print);
    if (recorded?.receipt) return this.#stored(recorded.receipt);

    const attempt = (recorded?.attempt ?? 0) + 1;
    const packed = await this.#pack(request);
    const intent = await this.#begin(spec, print, packed, attempt);
    const { kind } = spec;
    this.#effects.set(spec.key, {
      kind,
      intentSeq: intent,
      fingerprint: print,
      attempt,
      request: packed,
      receipt: null,
    });
    const started = performance.now();
    const performed = await perform({ attempt, inDoubt: recorded !== undefined });
    const body: EventBodies['effect.receipt'] = {
      kind: spec.kind,
      fingerprint: print,
      outcome: performed.outcome,
      intent,
      result: await this.#pack(wellFormedDeep(performed.result)),
      ms: Math.round(performance.now() - started),
    };
    this.#settle(spec.key, print, body);
    return this.#stored(body);
  }

  /** Appends an event of the turn that is no effect; committed when it resolves. */
  async append<T extends EventType>(type: T, body: EventBodies[T]): Promise<number> {
    const written = this.#deps.appender.append({ draft: this.#draft(type, null, body), signed: true });
    await Promise.all([...this.#receipts, written]);
    return written;
  }

  /** Resolves when every receipt is committed. @throws what kept one from being so. */
  async flushed(): Promise<void> {
    await Promise.all(this.#receipts);
  }

  /** Settles what was begun and never ended as `interrupted`: all of it at a turn's end, or the effects of one kind. */
  async settleOpen(only?: EffectKind): Promise<void> {
    for (const [key, effect] of this.#effects) {
      if (effect.receipt !== null || (only && effect.kind !== only)) continue;
      const { kind, intentSeq, fingerprint: print } = effect;
      this.#settle(key, print, {
        kind,
        fingerprint: print,
        outcome: 'interrupted',
        intent: intentSeq,
        result: { inline: null },
        ms: 0,
      });
    }
    await this.flushed();
  }

  async #begin(spec: EffectSpec, print: string, request: Payload, attempt: number): Promise<number> {
    const body: EventBodies['effect.intent'] = {
      kind: spec.kind,
      title: wellFormedDeep(spec.title),
      fingerprint: print,
      request,
      attempt,
    };
    const written = this.#deps.appender.append({
      draft: this.#draft('effect.intent', spec.key, body),
      effect: { state: 'intent', kind: spec.kind, fingerprint: print },
    });
    await Promise.all([...this.#receipts, written]);
    return written;
  }

  #settle(key: string, print: string, body: EventBodies['effect.receipt']): void {
    const recorded = this.#effects.get(key);
    if (recorded) recorded.receipt = body;
    const written = this.#deps.appender.append({
      draft: this.#draft('effect.receipt', key, body),
      effect: { state: body.outcome, kind: body.kind, fingerprint: print },
      signed: true,
    });
    this.#receipts.add(written);
    // A failed receipt stays in the set: the next intent, or the end of the turn, throws it.
    written.then(
      () => this.#receipts.delete(written),
      () => {},
    );
  }

  async #stored<T>(receipt: EventBodies['effect.receipt']): Promise<Performed<T>> {
    return { outcome: receipt.outcome, result: (await this.#read(receipt.result)) as T };
  }

  /** Through text also when live, so that live and replayed calls cannot differ. */
  async #read(payload: Payload): Promise<unknown> {
    if ('erased' in payload) throw erased();
    const text =
      'inline' in payload ? canonical({ value: payload.inline }) : await this.#unpack(payload.blob);
    return (JSON.parse(text) as { value: unknown }).value;
  }

  async #pack(value: unknown): Promise<Payload> {
    const text = canonical({ value: value ?? null });
    if (text.length <= inlineBytes) return { inline: value ?? null };
    const { hash, size } = await this.#deps.payloads.put(Buffer.from(text), maxPayloadBytes);
    return { blob: hash, bytes: size };
  }

  async #unpack(hash: string): Promise<string> {
    return Buffer.from(await this.#deps.payloads.get(hash)).toString('utf8');
  }

  async #diverge(key: string, recorded: string, found: string): Promise<never> {
    await this.append('harness.diverged', { key, recorded, found });
    throw new DeckhandError(
      'turn.diverged',
      `This turn could not be continued: step ${key} is not what its log recorded. Nothing was run again. Ask anew to start over.`,
    );
  }

  #draft<T extends EventType>(type: T, key: string | null, body: EventBodies[T]) {
    const { sessionId, turnId, epoch } = this.#claim;
    return { sessionId, turnId, epoch, type, key, body, at: this.#deps.now().toISOString() };
  }
}

/** A log is erased only where no turn is under way: this one was brought back to life by something else. */
function erased(): DeckhandError {
  return new DeckhandError(
    'turn.diverged',
    'This turn could not be continued: what it was told was erased on request. Nothing was run again. Ask anew to start over.',
  );
}

function collectEffects(events: readonly LogEvent[]): Map<string, Recorded> {
  const effects = new Map<string, Recorded>();
  for (const event of events) {
    if (event.key === null) continue;
    if (event.type === 'effect.intent') {
      const { kind, fingerprint: print, attempt, request } = event.body;
      effects.set(event.key, {
        kind,
        intentSeq: event.seq,
        fingerprint: print,
        attempt,
        request,
        receipt: null,
      });
    } else if (event.type === 'effect.receipt') {
      const effect = effects.get(event.key);
      if (effect) effect.receipt = event.body;
    }
  }
  return effects;
}
