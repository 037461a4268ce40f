import type { EgressRow } from './egress-entry.ts';
import { egressGenesis, egressHash } from './egress-log.ts';
import { erasuresIn, standsAsSaid } from './erasure.ts';
import type { Fault } from './fault.ts';
import type { LogRow } from './log-row.ts';
import type { EventBodies } from './types.ts';

/** The seal over egress's log that a row of the session's log holds, or null. */
export function sealOf({ type, body }: Pick<LogRow, 'type' | 'body'>): EventBodies['egress.sealed'] | null {
  return type === 'egress.sealed' ? (JSON.parse(body) as EventBodies['egress.sealed']) : null;
}

/**
 * Is egress's log whole, and the one that a verified session's log sealed? Its entries are not signed one by one; the
 * seals are, and each covers all entries before it. What an entry lost by an erasure a signed event of the session says.
 */
export function verifyEgress(
  sessionId: string,
  rows: readonly LogRow[],
  entries: readonly EgressRow[],
): Fault | null {
  const hashes: string[] = [];
  const erased = erasuresIn(rows, 'egress');
  let prevHash = egressGenesis(sessionId);
  for (const entry of entries) {
    const follows = entry.n === hashes.length + 1 && entry.sessionId === sessionId;
    const says = standsAsSaid(entry.hash, egressHash(entry), erased.get(entry.n));
    if (!follows || entry.prevHash !== prevHash || !says) break;
    prevHash = entry.hash;
    hashes.push(prevHash);
  }
  let sealed = 0;
  for (const row of rows) {
    const seal = sealOf(row);
    if (!seal) continue;
    if (seal.from !== sealed + 1 || seal.to < seal.from)
      return fault(row, `row ${row.seq} does not seal what follows entry ${sealed} of the egress log`);
    if (hashes[seal.to - 1] !== seal.hash) {
      const first = Math.min(hashes.length + 1, seal.to);
      return fault(
        row,
        `entry ${first} of the egress log is missing or changed: row ${row.seq} sealed another one`,
      );
    }
    sealed = seal.to;
  }
  const last = rows.at(-1);
  return last && entries.length > sealed
    ? fault(last, `entry ${sealed + 1} of the egress log is under no seal`)
    : null;
}

function fault({ seq }: LogRow, message: string): Fault {
  return { seq, code: 'egress', message };
}
