import type { Controls, Presser } from '#bots/controls.ts';
import type { SayNotice } from '#bots/notices.ts';
import { type Surface, type Verb, verbOf, verbTable, wayOut } from '#bots/verbs.ts';
import { checklistOf } from '#core/chat/checklist.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';
import type { TurnState } from '#core/turns/state.ts';

export interface GivenVerb extends Pick<InboundMessage, 'thread' | 'eventId' | 'author' | 'text' | 'sentAt'> {
  surface: Surface;
}

const stateWords: Record<TurnState, string> = {
  queued: 'Queued: it starts when what is before it has ended.',
  running: 'At work.',
  waiting: 'Waiting for an answer.',
  succeeded: 'Done.',
  failed: 'Failed.',
  cancelled: 'Stopped.',
};

/** Does what a message says when the whole of it is a verb; false: it is a request, or just talk. */
export function matrixVerbs(controls: Controls, say: SayNotice): (given: GivenVerb) => Promise<boolean> {
  async function perform(verb: Verb, { thread, eventId, author, sentAt }: GivenVerb): Promise<string | null> {
    const by: Presser = { platform: 'matrix', workspace: thread.workspace, account: author };
    if (verb === 'help') return welcomeText;
    if (verb === 'stop') return controls.stopThread(by, thread, new Date(sentAt));
    const last = await controls.lastTurn(thread);
    if (!last) return 'Nothing was asked in this thread yet.';
    if (verb === 'retry') return controls.retry(by, last.turnId, eventId);
    return checklistOf(last, new Date())?.headline ?? stateWords[last.state];
  }

  return async (given) => {
    const verb = verbOf(given.text);
    if (!verb) return false;
    const works = verbTable[verb][given.surface];
    // A bare word in a thread that is no verb there is what people say to each other, or to the agent.
    if (!works && given.surface === 'reply') return false;
    const text = works ? await perform(verb, given) : wayOut(verb);
    if (text) await say({ key: `matrix/${given.eventId}/${verb}`, thread: given.thread, text });
    return true;
  };
}
