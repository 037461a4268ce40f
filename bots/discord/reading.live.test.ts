import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, settled, turnCount } from '#core/testing/chat-contract/watch.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { shardOf } from './testing/gateway.ts';
import { type DiscordStage, openDiscordStage } from './testing/stage.ts';
import { addChannel, type TwinMessage } from './testing/world.ts';
import { messageIdentity } from './types.ts';

const at = ({ id }: TwinMessage) => ({ thread: id, message: id });
/** More than what is read again for clocks that differ. */
const longMs = 600_000;

/** A channel of the guild that is there, and one of a guild on the other of two shards. */
function channelsOnBoth({ twin }: DiscordStage) {
  const shard = shardOf(twin.guild.id, 2);
  let id = twin.world.snowflake();
  while (shardOf(id, 2) === shard) id = twin.world.snowflake();
  twin.world.guilds.set(id, { id, name: 'Quay', joinedAt: new Date(twin.world.clock.now()).toISOString() });
  const other = addChannel(twin.world, { kind: 'text', name: 'quay', guildId: id });
  return { here: twin.channel('ops').id, there: other.id, shardThere: shardOf(id, 2) };
}

test('I1: what a shard missed is read when it comes back, however much the other shard has heard meanwhile', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { shards: 2 });
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  await twin.until('both shards', () => twin.gateway.counts.identify === 2);
  const { here, there, shardThere } = channelsOnBoth(stage);
  await answers(stage, at(ana.mention(here, 'say here')), 1);
  await answers(stage, at(ana.mention(there, 'say there')), 1);
  const letGo = twin.gateway.hold(shardThere);
  twin.gateway.cut({ resumable: false, shard: shardThere });
  const missed = ana.mention(there, 'say missed');
  twin.world.clock.advance(longMs);
  await answers(stage, at(ana.mention(here, 'say much later')), 1);
  await twin.until('the shard to identify', () => twin.gateway.counts.identify === 3);
  letGo();
  await answers(stage, at(missed), 1);
  assert.equal(await turnCount(stage), 4);
});

test('I1: a process that ends before all shards have come leaves what they missed to the next', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { shards: 2 });
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  await twin.until('both shards', () => twin.gateway.counts.identify === 2);
  const { here, there, shardThere } = channelsOnBoth(stage);
  let comeBack = await stage.goAway();
  const missed = ana.mention(there, 'say missed');
  twin.world.clock.advance(longMs);
  const letGo = twin.gateway.hold(shardThere);
  await comeBack();
  await answers(stage, at(ana.mention(here, 'say now')), 1);
  comeBack = await stage.goAway();
  letGo();
  await comeBack();
  await answers(stage, at(missed), 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 2);
});

/** A thread that was begun on a message by somebody else, or by us, before the message was taken. */
function beginThread({ twin }: DiscordStage, { id, channelId }: TwinMessage): void {
  addChannel(twin.world, { id, kind: 'thread', name: 'first', guildId: twin.guild.id, parentId: channelId });
}

/** Discord is slow to tell what was said in a channel. */
function readSlowly({ twin }: DiscordStage, channel: string): void {
  twin.switches.spoil(new RegExp(`GET /channels/${channel}/messages$`), 1, { retryAfterSec: 1 });
}

test('I1: from where on it reads is kept before a first process connects: what is said while it dies is for the next', async (t) => {
  const stage = await openDiscordStage(lastFirst(t), { worker: false });
  const { rows } = await stage.core.database.pool.query('SELECT note FROM seat');
  assert.match(rows[0]?.note ?? '', /^\d+$/);
});

test('I3: after an absence a thread is read after the message that it began with', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  await answers(stage, at(ana.mention(ops, 'say before')), 1);
  const comeBack = await stage.goAway();
  const root = ana.mention(ops, 'say first');
  beginThread(stage, root);
  ana.mention(root.id, 'say second');
  readSlowly(stage, ops);
  await comeBack();
  const texts = (await answers(stage, at(root), 2)).map(({ text }) => text);
  assert.match(texts.join(), /first[\s\S]*second/);
});

test('I1, I3: what is said in a thread waits for what was said before it and is still being read', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  await answers(stage, at(ana.mention(ops, 'say before')), 1);
  const direct = ana.tell('say one');
  const alone = { thread: direct.channelId, message: direct.id };
  await answers(stage, alone, 1);
  const comeBack = await stage.goAway();
  const root = ana.mention(ops, 'say first');
  ana.tell('say two');
  beginThread(stage, root);
  for (const channel of [ops, direct.channelId]) readSlowly(stage, channel);
  const letGo = twin.gateway.hold(0);
  await comeBack();
  const calls = twin.calls.length;
  letGo();
  for (const channel of [ops, direct.channelId])
    await twin.until('the reading', () =>
      twin.calls.slice(calls).includes(`GET /channels/${channel}/messages`),
    );
  // No mention: until its thread's beginning is known, nothing says that it is for us.
  ana.say(root.id, 'say second');
  ana.tell('say three');
  // A mention in a channel begins a thread of its own, and waits for nobody.
  await answers(stage, at(ana.mention(ops, 'say elsewhere')), 1);
  const texts = (await answers(stage, at(root), 2)).map(({ text }) => text);
  assert.match(texts.join(), /first[\s\S]*second/);
  const told = (await answers(stage, alone, 3)).map(({ text }) => text);
  assert.match(told.join(), /one[\s\S]*two[\s\S]*three/);
});

test('I1: a request that was answered days ago is not called unanswered when the last minute is read again', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin, core } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops');
  const asked = ana.mention(ops.id, 'say hello');
  await answers(stage, at(asked), 1);
  const helped = ana.mention(ops.id, 'help');
  await twin.until('the help', () => twin.posts(helped.id)[0] ?? twin.posts(ops.id)[0]);
  await settled(stage);
  const comeBack = await stage.goAway();
  // All of it was two days ago.
  const earlier = (id: string) => String(BigInt(id) - (BigInt(48 * 3_600_000) << 22n));
  twin.guild.joinedAt = new Date(0).toISOString();
  for (const message of [asked, helped]) {
    const [old, key] = [earlier(message.id), messageIdentity(ops.id, message.id)];
    const oldKey = messageIdentity(ops.id, old);
    ops.messages.delete(message.id);
    ops.messages.set(old, Object.assign(message, { id: old }));
    await core.database.pool.query('UPDATE turn SET event_id = $1 WHERE event_id = $2', [oldKey, key]);
    await core.database.pool.query('UPDATE notice SET key = replace(key, $1, $2)', [key, oldKey]);
  }
  await core.database.pool.query('UPDATE seat SET note = $1', [String(BigInt(asked.id) - 1n)]);
  const calls = twin.calls.length;
  await comeBack();
  const reading = `GET /channels/${ops.id}/messages`;
  await twin.until('the channel to be read', () => twin.calls.slice(calls).includes(reading));
  await answers(stage, at(ana.mention(ops.id, 'say still here')), 1);
  await settled(stage);
  const words = [...twin.world.channels.values()].flatMap(({ id }) => twin.posts(id).map(twin.words));
  assert.deepEqual(
    words.filter((one) => one.includes('more than a day ago')),
    [],
  );
});

test('I1: a message that was refused is not started when it comes again', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ops = twin.channel('ops');
  ops.permissions.delete('CREATE_PUBLIC_THREADS');
  const ana = stage.twinPerson('ana');
  const asked = ana.mention(ops.id, 'say hello');
  await twin.until('the refusal', () => twin.posts(ops.id)[0]);
  const comeBack = await stage.goAway();
  ops.permissions.add('CREATE_PUBLIC_THREADS');
  await comeBack();
  await answers(stage, at(ana.mention(ops.id, 'say again')), 1);
  await settled(stage);
  assert.equal(await turnCount(stage), 1);
  assert.equal(twin.world.channels.has(asked.id), false);
});

test('I1: what was said in a thread that was closed while nobody listened is read, and its answer opens it again', async (t) => {
  const stage = await openDiscordStage(lastFirst(t));
  const { twin } = stage;
  const ana = stage.twinPerson('ana');
  const ops = twin.channel('ops').id;
  const open = ana.mention(ops, 'say open');
  const asleep = ana.mention(ops, 'say asleep');
  await answers(stage, at(open), 1);
  await answers(stage, at(asleep), 1);
  await settled(stage);
  ana.close(asleep.id, { archived: true });
  twin.world.clock.advance(longMs);
  await answers(stage, at(ana.mention(ops, 'say between')), 1);
  await settled(stage);
  const comeBack = await stage.goAway();
  ana.say(open.id, 'say while away');
  ana.close(open.id, { archived: true });
  const calls = twin.calls.length;
  await comeBack();
  await answers(stage, at(open), 2);
  assert.equal(twin.world.channels.get(open.id)?.archived, false);
  const reads = twin.calls.slice(calls).filter((call) => call === `GET /channels/${asleep.id}/messages`);
  assert.deepEqual(reads, [], 'what was closed before has been read');
});
