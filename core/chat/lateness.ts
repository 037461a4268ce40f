import type { TurnDocument } from './document.ts';

/** A message that was taken this long after it was written was written while we were away. */
const lateMs = 60_000;

/** When a late message was written and when we came back to it, ISO 8601; null when it was taken at once. */
export function lateness({ sentAt, askedAt }: TurnDocument): { asked: string; back: string } | null {
  const late = Date.parse(askedAt) - Date.parse(sentAt) > lateMs;
  return late ? { asked: sentAt, back: askedAt } : null;
}
