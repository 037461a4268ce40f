import { canonical } from './canonical.ts';
import { contentHash, genesisHash, linkHash } from './chain.ts';
import { checkErasedPayload, erasuresIn, standsAsSaid } from './erasure.ts';
import type { Fault, FaultCode } from './fault.ts';
import type { ErasedRow, LogRow } from './log-row.ts';
import type { Verifier } from './signing.ts';
import { checkEffects } from './verify-effects.ts';
import { checkPayloads } from './verify-payloads.ts';

/** A head that was written down elsewhere: what a log must reach to be whole. */
export interface Head {
  seq: number;
  hash: string;
}

/** `erased`: how many of the events lost their words on request, as signed events of the log say. */
export type Verdict = { ok: true; events: number; erased: number; head: Head } | { ok: false; fault: Fault };

/** The one type that is not signed by itself: its receipt carries its fingerprint. */
const unsignedType = 'effect.intent';

/** Signatures are checked beside the chain, so many rows at a time. */
const stretch = 1000;

/**
 * Checks a session's whole log: chain, signatures, seals, pairs of intents and receipts, approvals, epochs, and the
 * payloads that rows name when they are given. Stops at the first broken row. Without `head` a cut tail cannot be seen:
 * a log cannot know what came after it.
 */
export async function verifyLog(
  sessionId: string,
  rows: readonly LogRow[],
  verifier: Verifier,
  head: Head | null,
  payloads: ReadonlyMap<string, Uint8Array> | null = null,
): Promise<Verdict> {
  const erased = erasuresIn(rows, 'rows');
  const chain = new Chain(sessionId, erased);
  let aside: Promise<Fault | null> = Promise.resolve(null);
  for (let from = 0; from < rows.length; from += stretch) {
    const some = rows.slice(from, from + stretch);
    const broken = chain.follow(some);
    const unbroken = broken ? some.slice(0, broken.seq - 1 - from) : some;
    const signatures = checkSignatures(unbroken, verifier);
    const fault = (await aside) ?? (broken && ((await signatures) ?? broken));
    if (fault) return { ok: false, fault };
    aside = signatures;
  }
  const fault =
    (await aside) ??
    checkEffects(rows, erased) ??
    checkHead(rows.length, chain.hashes, head) ??
    (payloads && checkPayloads(rows, payloads));
  if (fault) return { ok: false, fault };
  return { ok: true, events: rows.length, erased: erased.size, head: { seq: rows.length, hash: chain.last } };
}

/** Follows rows link by link. */
class Chain {
  readonly hashes: string[] = [];
  readonly #sessionId: string;
  readonly #erased: ReadonlyMap<number, ErasedRow>;

  constructor(sessionId: string, erased: ReadonlyMap<number, ErasedRow>) {
    this.#sessionId = sessionId;
    this.#erased = erased;
  }

  get last(): string {
    return this.hashes.at(-1) ?? genesisHash(this.#sessionId);
  }

  follow(rows: readonly LogRow[]): Fault | null {
    for (const row of rows) {
      const seq = this.hashes.length + 1;
      const fault =
        checkRow(row, seq, this.#sessionId, this.last, this.#erased.get(seq)) ??
        checkErasedPayload(row, this.#erased) ??
        checkSeal(row, this.hashes);
      if (fault) return fault;
      this.hashes.push(row.hash);
    }
    return null;
  }
}

async function checkSignatures(rows: readonly LogRow[], verifier: Verifier): Promise<Fault | null> {
  const faults = await Promise.all(rows.map((row) => checkSignature(row, verifier)));
  return faults.find((fault) => fault !== null) ?? null;
}

function checkRow(
  row: LogRow,
  seq: number,
  sessionId: string,
  previous: string,
  erased: ErasedRow | undefined,
): Fault | null {
  if (row.seq !== seq)
    return fault(seq, 'missing', `row ${seq} is missing: row ${row.seq} stands in its place`);
  if (row.sessionId !== sessionId) return fault(seq, 'session', `row ${seq} belongs to ${row.sessionId}`);
  if (!isCanonical(row.body)) return fault(seq, 'content', `the body of row ${seq} is not canonical JSON`);
  if (!standsAsSaid(row.contentHash, contentHash(row), erased)) return unsaid(seq, erased);
  if (row.prevHash !== previous) return fault(seq, 'chain', `row ${seq} does not follow the row before it`);
  if (linkHash(previous, seq, row.contentHash) !== row.hash)
    return fault(seq, 'chain', `the hash of row ${seq} is not its own`);
  return null;
}

async function checkSignature(row: LogRow, verifier: Verifier): Promise<Fault | null> {
  if (row.keyId === null || row.signature === null) {
    if (row.keyId === null && row.signature === null && row.type === unsignedType) return null;
    return fault(row.seq, 'signature', `row ${row.seq} (${row.type}) is not signed`);
  }
  const verdict = await verifier(row.keyId, row.contentHash, row.signature);
  if (verdict === 'good') return null;
  if (verdict === 'bad')
    return fault(row.seq, 'signature', `the signature of row ${row.seq} is not that of key ${row.keyId}`);
  return fault(
    row.seq,
    'unknown_key',
    `row ${row.seq} is signed with key ${row.keyId}, which is not among the given ones`,
  );
}

function checkSeal(row: LogRow, hashes: readonly string[]): Fault | null {
  if (row.type !== 'turn.sealed') return null;
  const { headSeq, headHash } = JSON.parse(row.body) as { headSeq: number; headHash: string };
  if (headSeq === row.seq - 1 && hashes[headSeq - 1] === headHash) return null;
  return fault(row.seq, 'seal', `the seal of row ${row.seq} is over another head`);
}

function checkHead(length: number, hashes: readonly string[], head: Head | null): Fault | null {
  if (head === null || head.seq === 0) return null;
  if (length < head.seq)
    return fault(length + 1, 'truncated', `rows ${length + 1} to ${head.seq} are missing at the end`);
  if (hashes[head.seq - 1] === head.hash) return null;
  return fault(head.seq, 'chain', `row ${head.seq} is not the head that was saved`);
}

function unsaid(seq: number, erased: ErasedRow | undefined): Fault {
  return erased
    ? fault(seq, 'erased', `row ${seq} is not what the signed event of its erasure left of it`)
    : fault(seq, 'content', `row ${seq} does not say what its hash says`);
}

function isCanonical(body: string): boolean {
  try {
    return canonical(JSON.parse(body)) === body;
  } catch {
    return false;
  }
}

function fault(seq: number, code: FaultCode, message: string): Fault {
  return { seq, code, message };
}
