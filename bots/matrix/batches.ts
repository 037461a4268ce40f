import type { SayNotice } from '#bots/notices.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { timelineOf } from './gaps.ts';
import type { Homeserver } from './homeserver.ts';
import { relationOf } from './message.ts';
import type { Rooms } from './rooms.ts';
import { type JoinedRoom, type MatrixEvent, matrixThread, type SyncBatch, serverOf } from './types.ts';

export interface BatchDeps {
  homeserver: Homeserver;
  rooms: Rooms;
  say: SayNotice;
  log: Log;
  takeEvent(roomId: string, event: MatrixEvent): Promise<void>;
}

/** An event that fails so often by a fault of ours is left, with a word about it: others wait behind it. */
const mostTries = 5;
/** State that came with a sync rather than in its timeline. */
const roomWide = new Set(['m.room.encryption', 'm.room.tombstone']);

/**
 * A sync's answer: rooms side by side, each in its own order. Resolves when everything that follows from it is
 * committed. Of the first answer ever nothing is answered: what was said before we were there is the past.
 */
export function takeBatches({ homeserver, rooms, say, log, takeEvent }: BatchDeps) {
  const server = serverOf(homeserver.userId);
  const failures = new Map<string, number>();

  return { takeEvent: takeSafely, take };

  async function take(batch: SyncBatch, since: string | null): Promise<void> {
    const invited = Object.entries(batch.rooms?.invite ?? {});
    const joined = Object.entries(batch.rooms?.join ?? {});
    const work = [
      ...invited.map(([roomId, room]) => rooms.invited(roomId, room)),
      ...joined.map(([roomId, room]) => takeRoom(roomId, room, since)),
    ];
    const [failed] = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  async function takeRoom(roomId: string, room: JoinedRoom, since: string | null): Promise<void> {
    for (const event of room.state?.events ?? []) {
      if (roomWide.has(event.type)) await rooms.changed(roomId, event);
    }
    if (since === null) return;
    const { events, cut } = await timelineOf(homeserver, roomId, room, since);
    if (cut) await rooms.cut(roomId, events[0]);
    for (const event of events) await takeSafely(roomId, event);
  }

  async function takeSafely(roomId: string, event: MatrixEvent): Promise<void> {
    try {
      await takeEvent(roomId, event);
      failures.delete(event.event_id);
    } catch (error) {
      const words = await wordsFor(event, error);
      if (!words) throw error;
      const relation = relationOf(event);
      const root = relation?.rel_type === 'm.thread' ? relation.event_id : undefined;
      const thread = matrixThread(server, roomId, root ?? event.event_id);
      await say({ key: `matrix/${roomId}/${event.event_id}/fault`, thread, text: words });
      failures.delete(event.event_id);
    }
  }

  /** What to tell its author, or null: it is tried again. */
  async function wordsFor({ event_id: id, type }: MatrixEvent, error: unknown): Promise<string | null> {
    if (error instanceof DeckhandError && !error.retryable && type === 'm.room.message') {
      return error.message;
    }
    const times = (failures.get(id) ?? 0) + 1;
    failures.set(id, times);
    log.error({ err: error, event: id, times }, 'a Matrix event could not be taken');
    if (times < mostTries || (error instanceof DeckhandError && error.retryable)) return null;
    return `I did not start this: I failed on this message ${times} times (${messageOf(error)}). An administrator finds more in my log.`;
  }
}
