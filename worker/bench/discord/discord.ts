import { setTimeout as sleep } from 'node:timers/promises';
import { type DiscordStage, openDiscordStageOn } from '#bots/discord/testing/stage.ts';
import type { TwinMessage } from '#bots/discord/testing/world.ts';
import { openCore } from '#core/infra/open-core.ts';
import { answers, isAnswer, settled } from '#core/testing/chat-contract/watch.ts';
import { openGround } from '../ground.ts';
import { atLeast, atMost, type Found, percentile, rounded, told } from '../metric.ts';

const mentions = 100;
const askers = 10;
const interactions = 200;
/** "You must send an initial response within 3 seconds" (interactions/receiving-and-responding). */
const acknowledgeMs = 3_000;
/** "All bots can make up to 50 requests per second" (topics/rate-limits); discord.js keeps to it by itself. */
const requestsPerSecond = 50;

/**
 * Discord's way in and out beside its twin, both in this process, on a Postgres that flushes: a burst of mentions within
 * Discord's limit on all calls, and a second full of interactions, on an idle role, of people it has never seen, and on one
 * that answers a burst.
 */
export async function benchDiscord(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const { home, plainUrl: databaseUrl } = await openGround(owned);
  const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench' });
  owned.defer(() => core.close());
  const releases = { after: (release: () => Promise<void>) => void owned.defer(release) };
  const stage = await openDiscordStageOn(releases, { ...core, databaseUrl, home });
  stage.twin.buckets.perSecond = requestsPerSecond;
  await stage.twin.until('the commands', () => stage.twin.world.app.commands.get('global'));

  say(`${mentions} mentions at once, ${requestsPerSecond} calls a second`);
  const found = await measureBurst(stage);
  say(`${interactions} interactions in a second`);
  found.push(...(await measureInteractions(stage, 'idle', 'one')));
  say(`${interactions} interactions in a second, of people who come for the first time`);
  found.push(...(await measureInteractions(stage, 'idle, of strangers', 'strangers', false)));
  say(`${interactions} interactions in a second, while ${mentions} mentions are answered`);
  const asked = burst(stage, 'beside');
  found.push(...(await measureInteractions(stage, `${mentions} mentions being answered`, 'two')));
  for (const { id } of asked) await answers(stage, { thread: id, message: id }, 1);
  found.push(told({ metric: 'calls told to wait', value: stage.twin.buckets.invalid, unit: 'calls' }));
  return found;
}

/** Many ask at once, in one channel. */
function burst({ twin, twinPerson }: DiscordStage, word: string): TwinMessage[] {
  const ops = twin.channel('ops').id;
  return Array.from({ length: mentions }, (_, n) =>
    twinPerson(`asker ${n % askers}`).mention(ops, `say ${word} number ${n}.`),
  );
}

async function measureBurst(stage: DiscordStage): Promise<Found[]> {
  const began = performance.now();
  const asked = burst(stage, 'burst');
  for (const { id } of asked) await answers(stage, { thread: id, message: id }, 1);
  const ms = rounded(performance.now() - began);
  await settled(stage);
  let once = 0;
  for (const [n, { id }] of asked.entries()) {
    const posts = (await stage.posts({ thread: id, message: id })).filter(isAnswer);
    const fits = posts.length === 1 && posts[0]?.text.includes(`number ${n}.`);
    if (fits && stage.twin.world.channels.get(id)?.kind === 'thread') once += 1;
  }
  const inChannel = stage.twin.posts(stage.twin.channel('ops').id).length;
  return [
    atLeast(
      { metric: `of ${mentions} mentions, answered once in their own thread`, value: once, unit: 'mentions' },
      mentions,
    ),
    atMost({ metric: 'posts anywhere else', value: inChannel, unit: 'posts' }, 0),
    told({ metric: `${mentions} mentions: all answered`, value: ms, unit: 'ms' }),
  ];
}

/** Buttons that commit a turn, buttons that read, commands and completions, spread over a second. */
async function measureInteractions(
  stage: DiscordStage,
  when: string,
  round: string,
  known = true,
): Promise<Found[]> {
  const { twin, twinPerson, core } = stage;
  const ops = twin.channel('ops').id;
  const root = twinPerson('ana').mention(ops, `say ${round}`);
  const [answer] = await answers(stage, { thread: root.id, message: root.id }, 1);
  const message = stage.messageOf({ thread: '', message: answer?.id ?? '' });
  const kinds = [
    (name: string) => twinPerson(name).press(message, 'Retry'),
    (name: string) => twinPerson(name).press(message, 'Receipt'),
    (name: string) => twinPerson(name).slash(root.id, 'deckhand', 'status'),
    (name: string) => twinPerson(name).typing(ops, 'deckhand', 'status', 'thread', 'say'),
  ];
  const persons = Array.from({ length: interactions }, (_, n) => `presser ${round} ${n}`);
  // Most people are known where Deckhand is in use.
  for (const name of persons) {
    const account = { id: twinPerson(name).id, name };
    const { id: externalId, name: guildName } = twin.guild;
    if (known) await core.identities.resolve('discord', { externalId, name: guildName }, account);
  }
  const began = performance.now();
  const sent = [];
  for (const [n, name] of persons.entries()) {
    const send = kinds[n % kinds.length];
    if (send) sent.push(send(name));
    const ahead = began + ((n + 1) * 1_000) / interactions - performance.now();
    if (ahead > 0) await sleep(ahead);
  }
  const took = performance.now() - began;
  // What is not acknowledged by now never will be: Discord has forgotten it.
  await sleep(acknowledgeMs);
  const after = sent.flatMap(({ answer }) => (answer ? [answer.afterMs] : []));
  const { rows } = await core.database.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM turn WHERE event_id LIKE '%/retry/%'`,
  );
  const of = `${interactions} interactions, ${when}`;
  const p99 = rounded(percentile(after, 0.99));
  return [
    told({ metric: `${of}: sent within`, value: rounded(took), unit: 'ms' }),
    atLeast(
      { metric: `${of}: acknowledged in time`, value: after.length, unit: 'interactions' },
      interactions,
    ),
    told({ metric: `${of}: acknowledged, p50`, value: rounded(percentile(after, 0.5)), unit: 'ms' }),
    atMost({ metric: `${of}: acknowledged, p99`, value: p99, unit: 'ms' }, acknowledgeMs),
    told({ metric: `${of}: turns by Retry so far`, value: rows[0]?.n ?? 0, unit: 'turns' }),
  ];
}
