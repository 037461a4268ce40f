import { canonical, sha256 } from './canonical.ts';
import type { LoggedEvent, LogRow } from './log-row.ts';
import type { EventBodies, EventType, LogEvent } from './types.ts';

/** What an event says before it has its place in the chain. */
export interface Draft<T extends EventType = EventType> {
  sessionId: string;
  turnId: string | null;
  /** Of the claim it is written under; null for writers without a claim. */
  epoch: number | null;
  type: T;
  key: string | null;
  body: EventBodies[T];
  /** The writer's clock, ISO 8601. */
  at: string;
}

/** Hash over all that the writer says; its place in the chain is the database's word. */
export function contentHash(
  row: Pick<LogRow, 'sessionId' | 'turnId' | 'epoch' | 'type' | 'key' | 'body' | 'at'>,
): string {
  const { sessionId, turnId, epoch, type, key, body, at } = row;
  return sha256(canonical({ v: 1, session: sessionId, turn: turnId, epoch, type, key, at, body }));
}

/** The link from one row to the next. The same formula stands in the database's `append_events`. */
export function linkHash(prevHash: string, seq: number, content: string): string {
  return sha256(`${prevHash}:${seq}:${content}`);
}

/** The head of a log without events: no session's chain can be passed off as another's. */
export function genesisHash(sessionId: string): string {
  return sha256(`deckhand:session:${sessionId}`);
}

/** A row as readers want it: without the chain, body parsed. */
export function toEvent(row: LoggedEvent): LogEvent {
  const { sessionId, seq, turnId, epoch, type, key, at } = row;
  return { sessionId, seq, turnId, epoch, type, key, at, body: JSON.parse(row.body) } as LogEvent;
}
