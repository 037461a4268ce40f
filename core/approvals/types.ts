export type ApprovalState = 'open' | 'granted' | 'denied' | 'expired';

/** How far a grant reaches. `always`: like `thread`, and proposed as a change of policy. */
export type ApprovalScope = 'once' | 'thread' | 'always';

/** What kind of effect is asked for. */
export type ApprovalKind = 'command' | 'tool' | 'schedule' | 'host';

/** What people are asked. Shown as it stands; the approval's fingerprint is that of `subject`. */
export interface ApprovalRequest {
  kind: ApprovalKind;
  /** One line: what it wants to do, e.g. `run a command`. */
  title: string;
  /** The exact thing, e.g. the command's text, or requests to a host, a line each. Shown as code. */
  subject: string;
  /** Why, in the agent's words; null when it gave no reason. Untrusted text. */
  why: string | null;
  /** Of requests to a host: what a rule that allows them always would name. */
  reaches?: { method: string; host: string; port: number };
}
