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
