/** Whose fault a failure was: decides whether it is retried and where it is shown. */
export type Blame = 'asker' | 'policy' | 'provider' | 'platform' | 'machine' | 'deckhand';

export interface ErrorFacts {
  retryable?: boolean;
  blame?: Blame;
  cause?: unknown;
  /** When trying again makes sense, in milliseconds from now. */
  retryAfterMs?: number;
}

/**
 * Every failure that reaches a person. `code` is stable and documented, `message` says what happened and what to do.
 */
export class DeckhandError extends Error {
  override readonly name = 'DeckhandError';
  readonly code: string;
  readonly retryable: boolean;
  readonly blame: Blame;
  readonly retryAfterMs: number | null;

  constructor(code: string, message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.code = code;
    this.retryable = facts.retryable ?? false;
    this.blame = facts.blame ?? 'deckhand';
    this.retryAfterMs = facts.retryAfterMs ?? null;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
