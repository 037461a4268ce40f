import { test } from 'node:test';
import { openLog } from '#core/log.ts';
import { inTime } from '#core/testing/until.ts';
import { createCalls } from './calls.ts';
import { openGateway } from './gateway.ts';
import { startDiscordTwin } from './testing/discord-twin.ts';

test('a connection on which Discord has not said that it is ready can be closed', async (t) => {
  const twin = await startDiscordTwin();
  t.after(() => twin.stop());
  twin.gateway.mute = true;
  const { rest } = createCalls({ token: twin.token, apiUrl: twin.apiUrl });
  const log = openLog('test', 'silent');
  const gateway = openGateway({ token: twin.token, rest, content: true, onEvent: () => {}, log });
  await twin.until('the bot to identify', () => twin.gateway.counts.identify > 0);
  await inTime(gateway.close(), 'the connection to close');
});
