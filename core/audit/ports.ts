import type { ErasedRow } from '#core/events/log-row.ts';

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

/** The one audit log: a signed chain that is only added to, but for names that a signed entry says were erased. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter): Promise<{ n: number; entry: AuditEntry }[]>;
  /** Takes a person's name, and what they told, out of their entries, for `by`; says so in an entry. Gives how many. */
  erase(userId: string, erasureId: string, by: { userId: string; name: string }): Promise<number>;
  /** What erasures say of entries, for verification. */
  erased(): Promise<ReadonlyMap<number, ErasedRow>>;
  /** Rows as they stand, with n > after, in order: for verification. */
  rows(after: number, limit: number): Promise<AuditRow[]>;
}
