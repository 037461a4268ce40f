import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundMessage, InboundOutcome } from '#core/chat/inbound.ts';
import { callJson } from './json-server.ts';
import type { RoleKeeper } from './role-keeper.ts';
import type { Message } from './script.ts';

/** When a message went out and came to be taken, on the chat platform's clock (ms of `performance.now()`). */
export interface Delivered {
  message: Message;
  firstSentAt: number;
  /** Null: never taken. */
  takenAt: number | null;
}

/** As chat platforms do, the double sends again what nobody took. */
const againAfterMs = 150;

/** The part of the chat double that talks to the bots. */
export interface Postman {
  deliver(message: Message, started: number): Promise<Delivered>;
  /** Presses a card's button, until it is answered. */
  press(approvalId: string, grant: boolean, afterMs: number): Promise<void>;
}

export function openPostman(bots: RoleKeeper, over: AbortSignal): Postman {
  /** Tries until it works, or the run is over. */
  async function insist<T>(path: string, body: unknown): Promise<T> {
    for (;;) {
      over.throwIfAborted();
      const ready = bots.ready();
      try {
        if (ready && 'url' in ready) return await callJson<T>(ready.url, path, body);
      } catch {
        // Gone, or not able to: a platform cannot know which, and sends again.
      }
      await sleep(againAfterMs, undefined, { signal: over });
    }
  }

  async function deliverAt(message: Message, atMs: number, started: number): Promise<void> {
    await sleep(Math.max(0, atMs - (performance.now() - started)), undefined, { signal: over });
    const outcome = await insist<InboundOutcome>('/message', toInbound(message));
    if (outcome.kind !== 'accepted' && outcome.kind !== 'duplicate')
      throw new Error(`${message.eventId} was not taken: ${JSON.stringify(outcome)}`);
  }

  return {
    async deliver(message, started) {
      const first = deliverAt(message, message.atMs, started);
      const again = message.againMs.map((atMs) => deliverAt(message, atMs, started));
      const takenAt = await Promise.any([first, ...again]).then(
        () => performance.now(),
        () => null,
      );
      await Promise.allSettled(again);
      return { message, firstSentAt: started + message.atMs, takenAt };
    },
    async press(approvalId, grant, afterMs) {
      await sleep(afterMs, undefined, { signal: over });
      while ((await insist<string | null>('/press', { approvalId, grant })) === 'open')
        await sleep(againAfterMs, undefined, { signal: over });
    },
  };
}

export function threadOf(message: Message) {
  return { platform: 'slack', workspace: 'T1', channel: 'C1', thread: message.thread } as const;
}

function toInbound(message: Message): InboundMessage {
  return {
    thread: threadOf(message),
    eventId: message.eventId,
    author: { accountId: message.author, name: message.author },
    text: message.text,
    files: [],
    mention: true,
    sentAt: new Date().toISOString(),
  };
}
