import { canonical, sha256 } from '#core/events/canonical.ts';
import { linkHash } from '#core/events/chain.ts';
import { erasedText, standsAsSaid } from '#core/events/erasure.ts';
import type { ErasedRow } from '#core/events/log-row.ts';
import type { Verifier } from '#core/events/signing.ts';
import type { AuditEntry, AuditRow } from './ports.ts';

/** The head of an audit log without entries. */
export const auditGenesis = sha256('deckhand:audit');

export const auditContentHash = (body: string): string => sha256(canonical({ v: 1, audit: body }));

export type AuditVerdict =
  | { ok: true; entries: number; head: string }
  | { ok: false; n: number; message: string };

/** What a signed entry of the log calls an erasure; `of.rows` are the entries that lost a name, as JSON. */
export const auditErased = 'data.erased';

/** An entry's body, canonical, without the person who did it; their id, what it was and how it ended stay. */
export function erasedAuditBody(body: string): string {
  const entry = JSON.parse(body) as AuditEntry;
  const by = entry.by && { ...entry.by, name: erasedText };
  return canonical({ ...entry, by, of: entry.what === auditErased ? entry.of : {} });
}

/** What entries of erasures say of others: the last word on each. Trusted once the log they stand in is verified. */
export function erasuresOf(entries: readonly AuditEntry[]): ReadonlyMap<number, ErasedRow> {
  const rows = entries.flatMap(({ of }) => JSON.parse(String(of.rows)) as ErasedRow[]);
  return new Map(rows.map((row) => [row.n, row]));
}

/**
 * Checks rows from the first on: each follows the one before it, says what its hash says, or what an erasure left of it,
 * and is signed by a known key.
 */
export async function verifyAudit(
  rows: AsyncIterable<readonly AuditRow[]>,
  verifier: Verifier,
  erased: ReadonlyMap<number, ErasedRow>,
): Promise<AuditVerdict> {
  let entries = 0;
  let head = auditGenesis;
  for await (const some of rows) {
    for (const row of some) {
      const n = entries + 1;
      const message = await faultOf(row, n, head, verifier, erased.get(n));
      if (message) return { ok: false, n, message };
      entries = n;
      head = row.hash;
    }
  }
  return { ok: true, entries, head };
}

async function faultOf(
  row: AuditRow,
  n: number,
  head: string,
  verifier: Verifier,
  erased: ErasedRow | undefined,
): Promise<string | null> {
  if (row.n !== n) return `entry ${n} is missing: entry ${row.n} stands in its place`;
  if (!standsAsSaid(row.contentHash, auditContentHash(row.body), erased))
    return `entry ${n} does not say what its hash says`;
  if (row.prevHash !== head) return `entry ${n} does not follow the entry before it`;
  if (linkHash(head, n, row.contentHash) !== row.hash) return `the hash of entry ${n} is not its own`;
  const verdict = await verifier(row.keyId, row.contentHash, row.signature);
  if (verdict === 'bad') return `the signature of entry ${n} is not that of key ${row.keyId}`;
  if (verdict === 'unknown_key')
    return `entry ${n} is signed with key ${row.keyId}, which is not trusted here`;
  return null;
}
