import type { Config } from '#core/config.ts';
import { DeckhandError } from '#core/errors.ts';
import type { SlackSettings } from './door.ts';

/** What is set up for Slack, or null when nothing is. @throws {DeckhandError} `config.invalid` when a part is missing */
export function slackSettings(config: Config): SlackSettings | null {
  const {
    SLACK_BOT_TOKEN: botToken,
    SLACK_APP_TOKEN: appToken,
    SLACK_SIGNING_SECRET: signingSecret,
  } = config;
  if (!botToken && !appToken && !signingSecret) return null;
  if (!botToken) throw incomplete('SLACK_BOT_TOKEN is missing: the Bot User OAuth Token of your app');
  if (!appToken && !signingSecret) {
    throw incomplete('set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (Slack calls DECKHAND_URL)');
  }
  return {
    botToken,
    apiUrl: config.SLACK_API_URL,
    way: appToken ? { appToken } : { signingSecret: signingSecret ?? '' },
    maxFileBytes: config.DECKHAND_MAX_FILE_MB * 1024 * 1024,
    policy: { guests: config.SLACK_GUESTS },
  };
}

function incomplete(what: string): DeckhandError {
  return new DeckhandError('config.invalid', `Slack is set up in part: ${what} (docs/slack.md).`);
}
