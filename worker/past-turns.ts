import { foldDocuments } from '#core/chat/fold.ts';
import type { LogEvent } from '#core/events/types.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import { type Past, pastOf } from './agent/context/told.ts';
import type { PastTurn } from './agent/port.ts';

/** By rule 1: turns of a session that the agent is told about. */
export const contextTurns = 20;

/** What the agent is told of earlier turns by rule 1: the same from their live events and from a log. */
export function pastTurns(events: LogEvent[]): PastTurn[] {
  return foldDocuments(events)
    .filter((document) => document.answer)
    .map(({ author, text, quoted, answer }) => ({ author, text, quoted, answer: answer ?? '' }));
}

/**
 * What the thread said before a turn. A turn taken up again rarely needs it and reads it when it does; one that starts
 * now needs it at once, so it is read beside its first event.
 */
export function readPast(
  sessions: Sessions,
  sessionId: string,
  turnId: string,
  startsNow: boolean,
): { past(): Promise<Past>; history(): Promise<PastTurn[]> } {
  const read = async () => pastOf(await sessions.said(sessionId, turnId));
  const begun = startsNow ? read() : null;
  // Whoever waits for it hears of it; a turn that ends before does not.
  begun?.catch(() => {});
  return {
    past: () => begun ?? read(),
    history: async () => pastTurns(await sessions.recentEvents(sessionId, contextTurns, turnId)),
  };
}

/** Earlier turns that were answered, oldest first: `count` of them before the last `skip`. */
export async function readThread(
  sessions: Pick<Sessions, 'recentEvents'>,
  sessionId: string,
  turnId: string,
  { skip, count }: { skip: number; count: number },
): Promise<PastTurn[]> {
  const turns = pastTurns(await sessions.recentEvents(sessionId, skip + count, turnId));
  return turns.slice(Math.max(0, turns.length - skip - count), Math.max(0, turns.length - skip));
}
