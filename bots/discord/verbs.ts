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

export interface DiscordVerbs {
  /** Does what a message says when it consists of a verb; false: it is a request, or just talk. */
  take(given: GivenVerb): Promise<boolean>;
  /** Does it, and gives the words for whoever asked; null: the thread shows it. */
  perform(verb: Verb, given: Omit<GivenVerb, 'text' | 'surface' | 'hasFiles'>): Promise<string | null>;
}

/** Verbs in messages and commands. What they say in return is kept before the next message is taken. */
export function discordVerbs(controls: Controls, say: SayNotice): DiscordVerbs {
  const verbs: DiscordVerbs = {
    take: async ({ text, surface, hasFiles, ...given }) => {
      const verb = hasFiles ? null : verbOf(text);
      if (!verb) return false;
      const works = verbTable[verb][surface];
      // A bare word in a thread that is no verb there is what people say to each other, or to the agent.
      if (!works && surface === 'reply') return false;
      const words = works ? await verbs.perform(verb, given) : wayOut(verb);
      if (words) await say({ key: `discord/${given.eventId}/${verb}`, thread: given.thread, text: words });
      return true;
    },

    perform: async (verb, { thread, eventId, author, sentAt }) => {
      const by: Presser = { platform: 'discord', workspace: thread.workspace, account: author };
      if (verb === 'help') return welcomeText;
      if (verb === 'stop') return controls.stopThread(by, thread, sentAt);
      const last = await controls.lastTurn(thread);
      if (!last) return 'Nothing was asked in this thread yet.';
      return verb === 'status' ? statusText(last) : controls.retry(by, last.turnId, eventId);
    },
  };
  return verbs;
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
  return checklistOf(document, new Date())?.headline ?? words[document.state];
}
