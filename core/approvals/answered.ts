import { DeckhandError } from '#core/errors.ts';

/** An answer is for exactly what was asked about. @throws {DeckhandError} `approval.other` (I7) */
export function mustBeFor(asked: string, fingerprint: string | null): void {
  if (asked === fingerprint) return;
  throw new DeckhandError(
    'approval.other',
    'What was answered in this thread is not what would be done now. Nothing was run. Ask anew to start over.',
  );
}
