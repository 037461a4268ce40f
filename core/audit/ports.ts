/** Something that a person or a program did to this Deckhand, or was refused. Never holds a body or a secret's value. */
export interface AuditEntry {
  /** When it was answered, ISO 8601. */
  at: string;
  /** Null: nobody was signed in. `name` is that of the moment. */
  by: { userId: string; name: string; keyId: string | null } | null;
  /** A word of the route's, e.g. `policy.saved`. */
  what: string;
  /** HTTP status of the answer: below 400 it was done. */
  status: number;
  /** Code of the refusal. */
  code: string | null;
  /** What it was done to, by the names of the address, and what the handler tells of it. */
  of: Record<string, string | number | boolean | null>;
}

/** An entry in the chain. */
export interface AuditRow {
  n: number;
  /** Canonical JSON text of an `AuditEntry`. */
  body: string;
  contentHash: string;
  prevHash: string;
  hash: string;
  keyId: string;
  signature: string;
}

export interface AuditFilter {
  userId?: string | undefined;
  what?: string | undefined;
  /** Entries with n below this. */
  before?: number | undefined;
  limit: number;
}

/** The one audit log: a signed chain that is only added to. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter): Promise<{ n: number; entry: AuditEntry }[]>;
  /** Rows as they stand, with n > after, in order: for verification. */
  rows(after: number, limit: number): Promise<AuditRow[]>;
}
