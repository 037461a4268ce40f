import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { probeDiscord } from './health.ts';
import { inviteLink, permissions } from './invite.ts';
import { startDiscordTwin, type TwinOptions } from './testing/discord-twin.ts';

async function asked(
  options: TwinOptions,
  change: (world: Awaited<ReturnType<typeof startDiscordTwin>>) => void,
) {
  const twin = await startDiscordTwin(options);
  change(twin);
  const found = await probeDiscord({ token: twin.token, apiUrl: twin.apiUrl });
  await twin.stop();
  return { ...found, link: inviteLink(twin.world.app.id) };
}

test('the guide has the same permissions as the address that invites, in its table and in its example', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/discord.md'), 'utf8');
  const rows = [...guide.matchAll(/^\| ([A-Z][\w ]+?)\s+\| (\d+)\s+\|/gm)].map(([, name, bit]) => [
    name,
    Number(bit),
  ]);
  assert.deepEqual(Object.fromEntries(rows), permissions);
  assert.ok(guide.includes(inviteLink('APPLICATION_ID')));
});

test('doctor tells where the bot is, what it reads, and the address by which a server invites it', async () => {
  const { ok, detail, link } = await asked({}, () => {});
  assert.ok(ok);
  assert.match(detail, /Deckhand reads what is said in its threads; in Harbour;/);
  assert.ok(detail.includes(link));
});

test('doctor says that nobody has invited the bot, and that it reads only what is addressed to it', async () => {
  const { ok, detail, link } = await asked({ messageContent: false }, ({ world }) => world.guilds.clear());
  assert.equal(ok, false);
  assert.match(detail, /only what is addressed to it .*nobody has invited it yet: open https/);
  assert.ok(detail.endsWith(link));
});

test('doctor names a token that Discord does not know, and an address where nobody answers', async () => {
  const twin = await startDiscordTwin();
  const wrong = await probeDiscord({ token: 'another.token', apiUrl: twin.apiUrl });
  await twin.stop();
  assert.match(wrong.detail, /DISCORD_TOKEN/);
  const away = await probeDiscord({ token: 'a.token', apiUrl: twin.apiUrl });
  assert.deepEqual([wrong.ok, away.ok], [false, false]);
  assert.match(away.detail, /ECONNREFUSED|cannot be reached/);
});
