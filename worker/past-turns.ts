import { foldDocuments } from '#core/chat/fold.ts';
import type { LogEvent } from '#core/events/types.ts';
import type { PastTurn } from './agent/port.ts';

/** Turns of a session that the agent is told about. */
export const contextTurns = 20;

/** What the agent is told of earlier turns: the same from their live events and from a log. */
export function pastTurns(events: LogEvent[]): PastTurn[] {
  return foldDocuments(events)
    .filter((document) => document.answer)
    .map(({ author, text, quoted, answer }) => ({ author, text, quoted, answer: answer ?? '' }));
}
