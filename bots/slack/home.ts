import type { HomeView, KnownBlock } from '@slack/types';
import { welcomeText } from '#core/chat/welcome-text.ts';
import { offered } from '#core/commands/read-command.ts';
import { prefixes } from '#core/commands/surfaces.ts';
import { verbs } from '#core/commands/verbs.ts';
import { fingerprint } from '#core/events/canonical.ts';
import type { Log } from '#core/log.ts';
import type { SlackCalls } from './calls.ts';
import type { HomeOpened } from './events.ts';
import { safe } from './render-parts.ts';

/** "Maximum length for the text in this field is 3000 characters" (docs.slack.dev/reference/block-kit/blocks/section-block). */
const sectionCharacters = 2_900;
const maxWaitMs = 5_000;

/**
 * The Home tab of the app: what it does and what can be said to it. A courtesy: nothing waits for it, and it is published
 * again only where another version stands.
 */
export function homeTab(calls: SlackCalls, log: Log): (event: HomeOpened) => void {
  const view = homeView();
  return ({ user, tab, view: before }) => {
    if (tab !== 'home' || before?.private_metadata === view.private_metadata) return;
    calls
      .call({ method: 'views.publish', maxWaitMs }, (client) => client.views.publish({ user_id: user, view }))
      .catch((error) => log.debug({ err: error }, 'the Home tab was not published'));
  };
}

/** The same for everybody; its version is kept with it. */
export function homeView(): HomeView {
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: 'Deckhand' } } as const,
    section(welcomeText),
    { type: 'divider' } as const,
    section(['*What I understand in a thread*', ...linesOf('slack_mention')].join('\n')),
    section(['*Outside of threads*', ...linesOf('slack_slash')].join('\n')),
  ] satisfies KnownBlock[];
  return { type: 'home', blocks, private_metadata: fingerprint(blocks) };
}

function linesOf(surface: 'slack_mention' | 'slack_slash'): string[] {
  return verbs
    .filter((verb) => offered(verb, surface))
    .map(({ name, help }) => `• \`${prefixes[surface]}${name}\` ${help}`);
}

function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: safe(text, sectionCharacters) } };
}
