import type { HealthCheck } from '#bots/http/deps.ts';
import { messageOf } from '#core/errors.ts';
import { createCalls } from './calls.ts';
import type { SlackSettings } from './door.ts';

/** Asks Slack about the app, as `doctor` does: whose tokens these are, and how events come. Never throws. */
export async function probeSlack({ botToken, apiUrl, way }: SlackSettings): Promise<HealthCheck> {
  const as = (token: string) => createCalls({ botToken: token, apiUrl });
  let asked = 'SLACK_BOT_TOKEN';
  try {
    const { user, team } = await as(botToken).call({ method: 'auth.test' }, (client) => client.auth.test());
    const who = `${user} in ${team}`;
    if ('signingSecret' in way)
      return { name: 'slack', ok: true, detail: `${who}; Slack calls DECKHAND_URL/slack/events` };
    asked = 'SLACK_APP_TOKEN';
    const method = 'apps.connections.open';
    await as(way.appToken).call({ method }, (client) => client.apps.connections.open());
    return { name: 'slack', ok: true, detail: `${who}; events come by Socket Mode` };
  } catch (error) {
    return { name: 'slack', ok: false, detail: `${asked}: ${messageOf(error)}` };
  }
}
