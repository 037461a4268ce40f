import { foldDocuments } from '#core/chat/fold.ts';
import type { Harness, LogEvent } from '#core/events/types.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import { type Past, pastOf } from './agent/context/told.ts';
import type { PastTurn } from './agent/port.ts';

/** By rule 1: turns of a session that the agent is told about. */
export const contextTurns = 20;

/** What the agent is told of earlier turns by rule 1: the same from their live events and from a log. */
export function pastTurns(events: LogEvent[]): PastTurn[] {
  return foldDocuments(events)
    .filter((document) => document.answer)
    .map(({ author, text, answer }) => ({ author, text, answer: answer ?? '' }));
}

/** What the thread said before a turn, read when it is first needed: a turn taken up again rarely needs it. */
export function readPast(
  sessions: Sessions,
  sessionId: string,
  turnId: string,
  harness: Harness,
): { past(): Promise<Past>; history(): Promise<PastTurn[]> } {
  return {
    past: async () => pastOf(await sessions.said(sessionId, turnId)),
    history: async () =>
      harness.context ? [] : pastTurns(await sessions.recentEvents(sessionId, contextTurns, turnId)),
  };
}
