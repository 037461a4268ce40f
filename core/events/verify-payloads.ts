import { fingerprint, sha256 } from './canonical.ts';
import type { Fault } from './fault.ts';
import { type LogRow, payloadsOf } from './log-row.ts';
import type { EventBodies } from './types.ts';

/**
 * Every payload that a row names is there, is what its hash says, and is what the effect's fingerprint was made of; and
 * there is none besides, each in the order of its first row.
 */
export function checkPayloads(
  rows: readonly LogRow[],
  payloads: ReadonlyMap<string, Uint8Array>,
): Fault | null {
  const named = new Set<string>();
  for (const row of rows) {
    for (const hash of payloadsOf(row)) {
      if (named.has(hash)) continue;
      const content = payloads.get(hash);
      if (!content) return at(row, `row ${row.seq} names the payload ${hash}, which is missing`);
      if (sha256(content) !== hash)
        return at(row, `the payload ${hash} of row ${row.seq} is not what its hash says`);
      named.add(hash);
    }
    const problem = checkRequest(row, payloads);
    if (problem) return problem;
  }
  const expected = [...named];
  const stray = [...payloads.keys()].find((hash, place) => hash !== expected[place]);
  const last = rows.at(-1);
  return stray && last ? at(last, `the payload ${stray} does not stand where a row's would`) : null;
}

function checkRequest(row: LogRow, payloads: ReadonlyMap<string, Uint8Array>): Fault | null {
  if (row.type !== 'effect.intent') return null;
  const { kind, request, fingerprint: print } = JSON.parse(row.body) as EventBodies['effect.intent'];
  if (!('blob' in request)) return null;
  const text = Buffer.from(payloads.get(request.blob) ?? []).toString('utf8');
  if (fingerprint({ kind, request: packedIn(text) }) === print) return null;
  return at(row, `row ${row.seq} does not ask for what its fingerprint says`);
}

function packedIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { value: unknown }).value;
  } catch {
    return null;
  }
}

function at(row: LogRow, message: string): Fault {
  return { seq: row.seq, code: 'payload', message };
}
