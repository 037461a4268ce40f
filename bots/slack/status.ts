import type { TurnDocument } from '#core/chat/document.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { Log } from '#core/log.ts';
import { isFinal } from '#core/turns/state.ts';
import { type SlackCalls, slackCodeOf } from './calls.ts';
import { placeOf } from './types.ts';

export type ShowStatus = (thread: ThreadRef, document: TurnDocument) => void;

const reaction = 'eyes';
/** A status goes by itself after two minutes without a reply; it is set anew before that. */
const againMs = 90_000;
/** A status is a courtesy: it never waits long, and what has become untrue is not sent at all. */
const maxWaitMs = 30_000;
/** What was set is taken away again, even if that takes long. */
const removeWithinMs = 600_000;

/** What the asking message shows, as far as we know. */
interface Shown {
  wanted: boolean;
  shown: boolean | null;
  /** May there be a reaction, of ours or of another process? */
  reacted: boolean;
  setMs: number;
  work: Promise<void> | null;
}

/**
 * Shows that a message is seen: Slack's own status where the workspace has it, else one 👀 on the message, never both.
 * Calls for one message go one after the other, and only for what is still true.
 */
export function slackStatus(calls: SlackCalls, log: Log): ShowStatus {
  const states = new Map<string, Shown>();
  /** Unknown until it was tried: agent surfaces need a paid plan. */
  let hasStatus = true;

  const set = async (thread: ThreadRef, status: string): Promise<boolean> => {
    try {
      await calls.call({ method: 'assistant.threads.setStatus', maxWaitMs }, (client) =>
        client.assistant.threads.setStatus({ channel_id: thread.channel, thread_ts: thread.thread, status }),
      );
      return true;
    } catch (error) {
      if (slackCodeOf(error) === null) throw error;
      hasStatus = false;
      return false;
    }
  };

  const react = async (place: { channel: string; ts: string }, state: Shown): Promise<void> => {
    const target = { channel: place.channel, timestamp: place.ts, name: reaction };
    if (!state.wanted) {
      if (!state.reacted) return;
      await calls.call({ method: 'reactions.remove', maxWaitMs: removeWithinMs }, (client) =>
        client.reactions.remove(target),
      );
      return;
    }
    const wanted = () => state.wanted;
    await calls.call({ method: 'reactions.add', maxWaitMs, wanted }, (client) => {
      state.reacted = true;
      return client.reactions.add(target);
    });
  };

  async function bring(thread: ThreadRef, document: TurnDocument, state: Shown): Promise<void> {
    const place = placeOf(document.eventId);
    const mine = state.wanted;
    if (hasStatus && (await set(thread, mine ? statusWords(document) : ''))) return;
    if (place) await react(place, state);
  }

  async function work(thread: ThreadRef, document: TurnDocument, state: Shown): Promise<void> {
    while (state.shown !== state.wanted) {
      const wanted = state.wanted;
      await bring(thread, document, state).catch((error) => {
        const settled = ['already_reacted', 'no_reaction', 'message_not_found'].includes(
          slackCodeOf(error) ?? '',
        );
        if (!settled) log.debug({ err: error, turn: document.turnId }, 'a status was not shown');
      });
      state.shown = wanted;
      state.setMs = Date.now();
    }
  }

  return (thread, document) => {
    const ended = isFinal(document.state);
    const known = states.get(document.turnId);
    if (ended && !known && hasStatus) return;
    // Whoever sees it queued sees it first.
    const reacted = document.state !== 'queued';
    const state = known ?? { wanted: !ended, shown: null, reacted, setMs: 0, work: null };
    states.set(document.turnId, state);
    state.wanted = !ended;
    if (hasStatus && state.wanted && state.shown && Date.now() - state.setMs > againMs) state.shown = null;
    state.work ??= work(thread, document, state).finally(() => {
      state.work = null;
      if (!state.wanted) states.delete(document.turnId);
    });
  };
}

function statusWords({ state }: TurnDocument): string {
  if (state === 'queued') return 'has queued this';
  return state === 'waiting' ? 'waits for an answer' : 'is working…';
}
