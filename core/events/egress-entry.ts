/** One request that came to a door, and what became of it. Never holds a query, a header, a body or a secret's value. */
export interface EgressEntry {
  /** When it ended, ISO 8601. */
  at: string;
  method: string;
  scheme: 'http' | 'https';
  host: string;
  port: number;
  /** Without its query, secrets masked, cut to 500 characters. */
  path: string;
  /** `refused`: it did not pass. `failed`: it passed, and the far side or the door broke it off. */
  outcome: 'passed' | 'refused' | 'failed';
  /** Which rule, approval or check said so. */
  rule: string;
  /** Of a refusal or failure: its code, and what the client was told. */
  code: string | null;
  reason: string | null;
  /** What the client got; null where it got nothing. */
  status: number | null;
  /** Name of the secret that was put on. */
  secret: string | null;
  /** Bytes of bodies: towards the far side, and back. */
  sent: number;
  received: number;
  /** From the request's arrival to its end; 0 where it was never begun. */
  ms: number;
}

/** An entry in its chain. */
export interface EgressRow {
  sessionId: string;
  n: number;
  turnId: string | null;
  /** Canonical JSON text of an `EgressEntry`. */
  body: string;
  prevHash: string;
  hash: string;
}

/** What went through a door for one turn, as its seal sums it up. */
export interface EgressSummary {
  hosts: { host: string; requests: number; bytes: number }[];
  secrets: { name: string; uses: number }[];
  refused: number;
}
