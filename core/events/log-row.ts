/** A row as it stands in the log. */
export interface LogRow {
  sessionId: string;
  seq: number;
  turnId: string | null;
  epoch: number | null;
  type: string;
  key: string | null;
  /** Canonical JSON text. */
  body: string;
  contentHash: string;
  prevHash: string;
  hash: string;
  keyId: string | null;
  signature: string | null;
  at: string;
}

/** A row that lost its words: its place, the content hash that the chain has, and what it hashes to as it stands now. */
export interface ErasedRow {
  n: number;
  was: string;
  is: string;
}

/** What readers of the log want of a row: not its place in the chain. */
export type LoggedEvent = Pick<
  LogRow,
  'sessionId' | 'seq' | 'turnId' | 'epoch' | 'type' | 'key' | 'body' | 'at'
>;

/** Hashes of the payloads that an effect's row keeps outside of itself. */
export function payloadsOf(each: Pick<LogRow, 'type' | 'body'>): string[] {
  if (each.type !== 'effect.intent' && each.type !== 'effect.receipt') return [];
  const { request, result } = JSON.parse(each.body) as {
    request?: { blob?: string };
    result?: { blob?: string };
  };
  return [request?.blob, result?.blob].filter((hash) => hash !== undefined);
}
