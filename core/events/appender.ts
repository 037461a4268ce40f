import { DeckhandError } from '#core/errors.ts';
import { canonical } from './canonical.ts';
import { contentHash, type Draft } from './chain.ts';
import type { LogRow } from './log-row.ts';
import type { Signer } from './signing.ts';
import type { EffectKind } from './types.ts';

/** A row on its way to the database, which gives it its place in the chain. */
export type UnplacedRow = Omit<LogRow, 'seq' | 'prevHash' | 'hash'> & { effect: EffectMark | null };

/** What an intent or a receipt does to its effect's state. */
export interface EffectMark {
  state: 'intent' | 'done' | 'failed' | 'interrupted';
  kind: EffectKind;
  fingerprint: string;
}

/** Writes a batch in one transaction. Row by row: seq > 0; 0 fenced; -1 the effect's state forbids it. */
export type WriteRows = (rows: UnplacedRow[]) => Promise<number[]>;

/** An event and how it is to be written. */
export interface Entry {
  draft: Draft;
  effect?: EffectMark;
  signed?: boolean;
}

/** A row on its way, and who waits for its seq. */
interface Waiting {
  row: UnplacedRow;
  settle: PromiseWithResolvers<number>;
}

const maxRows = 500;

/** Makes the row of an entry: canonical body, content hash, signature where asked. Shared by batch and transaction. */
export function toRow(entry: Entry, signer: Signer): UnplacedRow {
  const { draft } = entry;
  const body = canonical(draft.body);
  const row = { ...draft, body, contentHash: '', keyId: null, signature: null, effect: entry.effect ?? null };
  row.contentHash = contentHash(row);
  if (!entry.signed) return row;
  return { ...row, keyId: signer.keyId, signature: signer.sign(row.contentHash) };
}

/**
 * The one appender of a process: keeps one batch in flight, so that a flush is shared by all events that came while
 * the last one ran. A refused row fails its own writer only.
 */
export class Appender {
  readonly #write: WriteRows;
  readonly #signer: Signer;
  #waiting: Waiting[] = [];
  #inFlight: Promise<void> | null = null;

  constructor(write: WriteRows, signer: Signer) {
    this.#write = write;
    this.#signer = signer;
  }

  /**
   * Appends one event and gives its seq, once it is committed.
   * @throws {DeckhandError} `turn.fenced`, `turn.diverged`
   */
  append(entry: Entry): Promise<number> {
    const settle = Promise.withResolvers<number>();
    this.#waiting.push({ row: toRow(entry, this.#signer), settle });
    this.#inFlight ??= this.#drain();
    return settle.promise;
  }

  /** Resolves when nothing is in flight. */
  async idle(): Promise<void> {
    while (this.#inFlight) await this.#inFlight;
  }

  async #drain(): Promise<void> {
    await new Promise(setImmediate);
    let answered = () => {};
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, maxRows);
      const written = this.#write(batch.map((item) => item.row));
      // Writers of the last batch go on once this one is on its way: the database does not wait for what they do next.
      setImmediate(answered);
      answered = await written.then(
        (seqs) => () => answer(batch, seqs),
        (error) => () => {
          for (const item of batch) item.settle.reject(error);
        },
      );
    }
    answered();
    this.#inFlight = null;
  }
}

function answer(batch: Waiting[], seqs: number[]): void {
  for (const [place, item] of batch.entries()) {
    const seq = seqs[place] ?? 0;
    if (seq > 0) item.settle.resolve(seq);
    else item.settle.reject(refusal(seq, item.row));
  }
}

function refusal(code: number, row: UnplacedRow): DeckhandError {
  if (code === 0) return fenced();
  return new DeckhandError(
    'turn.diverged',
    `The log already holds another state of the effect ${row.key}; the turn was not run through it.`,
  );
}

/** Another worker has the turn: whatever this one still wants to write is refused. */
export function fenced(): DeckhandError {
  return new DeckhandError('turn.fenced', 'Another worker has taken over this turn.');
}
