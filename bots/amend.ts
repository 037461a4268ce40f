import type { Platform } from '#core/chat/thread-ref.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Turns } from '#core/turns/ports.ts';

export interface AmendDeps {
  turns: Turns;
  bell: Bell;
  live: Live;
}

/** What became of a message after it was sent. Both give false when its turn has begun, or there is none. */
export interface Amend {
  edited(platform: Platform, eventId: string, text: string, by: string): Promise<boolean>;
  deleted(platform: Platform, eventId: string, name: string): Promise<boolean>;
}

/** Editing or deleting a chat message edits or cancels its turn, while that is still queued. */
export function openAmend({ turns, bell, live }: AmendDeps): Amend {
  return {
    edited: async (platform, eventId, text, by) => {
      const turn = await turns.byMessage(platform, eventId);
      if (!turn || !(await turns.edit(platform, eventId, text, by))) return false;
      live.publish({ kind: 'events', sessionId: turn.sessionId });
      return true;
    },
    deleted: async (platform, eventId, name) => {
      const turn = await turns.byMessage(platform, eventId);
      if (!turn) return false;
      const by = { userId: turn.authorId, name };
      if (!(await turns.cancelQueued(turn.turnId, by, 'deleted'))) return false;
      live.publish({ kind: 'events', sessionId: turn.sessionId });
      await bell.ring(turn.sessionId);
      return true;
    },
  };
}
