import type { Controls, Presser } from '#bots/controls.ts';
import type { SayNotice } from '#bots/notices.ts';
import { type Surface, type Verb, verbOf, verbTable, wayOut } from '#bots/verbs.ts';
import { checklistOf } from '#core/chat/checklist.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';

export interface GivenVerb {
  thread: InboundMessage['thread'];
  eventId: string;
  author: InboundMessage['author'];
  text: string;
  surface: Surface;
  sentAt: Date;
  hasFiles: boolean;
}

export interface SlackVerbs {
  /** Does what a message says when it consists of a verb; false: it is a request, or just talk. */
  take(given: GivenVerb): Promise<boolean>;
}

/** Verbs in messages. What they say in return is kept before the message is acknowledged. */
export function slackVerbs(controls: Controls, say: SayNotice): SlackVerbs {
  async function perform(verb: Verb, { thread, eventId, author, sentAt }: GivenVerb): Promise<string | null> {
    const by: Presser = { platform: 'slack', workspace: thread.workspace, account: author };
    if (verb === 'help') return welcomeText;
    if (verb === 'stop') return controls.stopThread(by, thread, sentAt);
    const last = await controls.lastTurn(thread);
    if (!last) return 'Nothing was asked in this thread yet.';
    return verb === 'status' ? statusText(last) : controls.retry(by, last.turnId, eventId);
  }

  return {
    take: async (given) => {
      const verb = given.hasFiles ? null : verbOf(given.text);
      if (!verb) return false;
      const works = verbTable[verb][given.surface];
      // A bare word in a thread that is no verb there is what people say to each other, or to the agent.
      if (!works && given.surface === 'reply') return false;
      const text = works ? await perform(verb, given) : wayOut(verb);
      if (text) await say({ key: `slack/${given.eventId}/${verb}`, thread: given.thread, text });
      return true;
    },
  };
}

/** One line on a turn as it stands. */
export function statusText(document: TurnDocument): string {
  const words: Record<TurnDocument['state'], string> = {
    queued: 'Queued: it starts when what is before it has ended.',
    running: 'At work.',
    waiting: `Waiting for an answer of ${document.author.name}.`,
    succeeded: 'Done.',
    failed: 'Failed.',
    cancelled: 'Stopped.',
  };
  const headline = checklistOf(document, new Date())?.headline;
  return headline ?? words[document.state];
}
