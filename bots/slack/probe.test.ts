import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SlackWay } from './door.ts';
import { probeSlack } from './probe.ts';
import { startSlackTwin } from './testing/slack-twin.ts';

const policy = { guests: false };

test('doctor tells whose tokens these are and how events come, and which token Slack does not know', async (t) => {
  const twin = await startSlackTwin();
  t.after(() => twin.stop());
  const asked = (way: SlackWay, botToken = twin.botToken) =>
    probeSlack({ botToken, apiUrl: twin.apiUrl, way, policy, maxFileBytes: 1 });
  const { appToken, signingSecret } = twin;
  const well = await asked({ appToken });
  assert.ok(well.ok, well.detail);
  assert.match(well.detail, /^deckhand in \S.*; events come by Socket Mode$/);
  assert.match((await asked({ signingSecret })).detail, /Slack calls DECKHAND_URL\/slack\/events$/);

  const stranger = await asked({ appToken }, 'xoxb-of-another');
  assert.deepEqual([stranger.ok, /^SLACK_BOT_TOKEN: .*auth\.test/.test(stranger.detail)], [false, true]);
  const half = await asked({ appToken: 'xapp-of-another' });
  assert.deepEqual([half.ok, /^SLACK_APP_TOKEN: .*connections\.open/.test(half.detail)], [false, true]);
  twin.setDown(true);
  assert.equal((await asked({ appToken })).ok, false);
});
