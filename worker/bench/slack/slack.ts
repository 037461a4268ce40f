import { setTimeout as sleep } from 'node:timers/promises';
import { openSlackStageOn, type SlackStage, type StageOptions } from '#bots/slack/testing/stage.ts';
import { openCore } from '#core/infra/open-core.ts';
import type { TestCore } from '#core/testing/core.ts';
import { until } from '#core/testing/until.ts';
import { openGround } from '../ground.ts';
import { atMost, type Found, percentile, rounded, told } from '../metric.ts';

const eventsPerSecond = 200;
const forMs = 10_000;
const people = 50;
const atOnce = 60;
const crowdChannels = 6;
/** A channel takes its first post at once and one a second after that: no answer can stand before its place. */
const bucketsMs = (atOnce / crowdChannels - 1) * 1_000;
const measuredAnswers = 200;

/**
 * Slack's way in and out beside its twin, both in this process, on a Postgres that flushes: acknowledgement under load,
 * answers while many turns wait, and a crowd at once within Slack's own limits.
 */
export async function benchSlack(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const ground = await openGround(owned);
  const open = async (databaseUrl: string, options: StageOptions): Promise<SlackStage> => {
    const { home } = ground;
    const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench' });
    owned.defer(() => core.close());
    const releases = { after: (release: () => Promise<void>) => void owned.defer(release) };
    return openSlackStageOn(releases, { ...core, databaseUrl, home } satisfies TestCore, 'socket', options);
  };

  say(`${eventsPerSecond} events a second for ${forMs / 1000} s`);
  const busy = await open(ground.plainUrl, { worker: false });
  const found = await measureAcknowledgements(busy);
  say('answers while those turns wait');
  found.push(await measureAnswers(busy));
  await busy.stopBots();
  say(`${atOnce} people at once, within Slack's limits`);
  found.push(...(await measureCrowd(await open(ground.slowUrl, { limits: true, plan: 'free' }))));
  return found;
}

/** Each mention comes as two events: `message` and `app_mention`. */
async function measureAcknowledgements({ twin, twinPerson }: SlackStage): Promise<Found[]> {
  const everyMs = 2_000 / eventsPerSecond;
  const persons = Array.from({ length: people }, (_, n) => twinPerson(`user ${n}`));
  // Their names are known from here on, as those of a workspace in use are.
  for (const person of persons) person.mention('ops', 'say hello');
  await twin.events.settled();
  const before = twin.events.attempts.length;
  const began = performance.now();
  for (let n = 0; n * everyMs < forMs; n += 1) {
    persons[n % people]?.mention('ops', `say number ${n}`);
    const ahead = began + (n + 1) * everyMs - performance.now();
    if (ahead > 0) await sleep(ahead);
  }
  await twin.events.settled();
  const took = twin.events.attempts.slice(before).map(({ tookMs }) => tookMs);
  const p99 = rounded(percentile(took, 0.99));
  return [
    told({ metric: 'event → acknowledgement, p50', value: rounded(percentile(took, 0.5)), unit: 'ms' }),
    atMost({ metric: 'event → acknowledgement after the commit, p99', value: p99, unit: 'ms' }, 50),
    told({ metric: 'events acknowledged', value: took.length, unit: 'events' }),
    told({ metric: 'events lost', value: twin.events.lost.length, unit: 'events' }),
  ];
}

/** From a turn's end in its log to the receipt of its answer's post, with all the others waiting. */
async function measureAnswers(stage: SlackStage): Promise<Found> {
  const stop = stage.startWorker();
  const waits = await until(async () => {
    const { rows } = await stage.core.database.pool.query<{ ms: number }>(
      `SELECT extract(epoch FROM max(at::timestamptz) FILTER (WHERE type = 'post.receipt')
         - max(at::timestamptz) FILTER (WHERE type = 'turn.finished'))::float * 1000 AS ms
       FROM event WHERE type IN ('post.receipt', 'turn.finished')
       GROUP BY turn_id HAVING count(*) = 2 ORDER BY max(at)`,
    );
    return rows.length >= measuredAnswers ? rows.map(({ ms }) => ms) : null;
  }, `${measuredAnswers} answers`);
  await stop();
  const p50 = rounded(percentile(waits.slice(0, measuredAnswers), 0.5));
  return atMost({ metric: 'turn finished → answer posted, 1,000 waiting, p50', value: p50, unit: 'ms' }, 50);
}

/** Everybody in a few channels asks at once; Slack's own buckets should be all that they wait for. */
async function measureCrowd({ twin, twinPerson, core, posts, placeOf }: SlackStage): Promise<Found[]> {
  const persons = Array.from({ length: atOnce }, (_, n) => twinPerson(`crowd ${n}`));
  const channels = Array.from({ length: crowdChannels }, (_, n) => twin.workspace.channel(`crowded-${n}`).id);
  const began = performance.now();
  const asked = persons.map((person, n) =>
    placeOf(person.mention(channels[n % crowdChannels] ?? '', `say answer ${n}`)),
  );
  await twin.events.settled();
  const acceptedMs = performance.now() - began;
  for (const place of asked) {
    await until(async () => ((await posts(place)).length > 0 ? true : null), 'an answer');
  }
  const answeredMs = performance.now() - began;
  const { rows } = await core.database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM turn');
  const all = Object.entries(twin.look.buckets());
  const perChannel = all.filter(([name]) => name.startsWith('post:')).map(([, use]) => use);
  const sum = (of: 'taken' | 'refused') => perChannel.reduce((total, use) => total + use[of], 0);
  const named = all.filter(([name]) => !name.startsWith('post:'));
  const what = `${atOnce} at once in ${crowdChannels} channels`;
  const beyond = { metric: `${what}: answered, beyond the buckets' ${bucketsMs / 1000} s` };
  return [
    atMost({ metric: `${what}: all accepted`, value: rounded(acceptedMs), unit: 'ms' }, 2_000),
    told({ metric: `${what}: turns`, value: rows[0]?.n ?? 0, unit: 'turns' }),
    told({ metric: `${what}: all answered`, value: rounded(answeredMs), unit: 'ms' }),
    atMost({ ...beyond, value: rounded(Math.max(0, answeredMs - bucketsMs)), unit: 'ms' }, 2_000),
    told({ metric: 'posts taken, by channel', value: sum('taken'), unit: 'calls' }),
    told({ metric: 'posts told to wait, by channel', value: sum('refused'), unit: 'calls' }),
    ...named.flatMap(([name, use]) => [
      told({ metric: `bucket ${name}, taken`, value: use.taken, unit: 'calls' }),
      told({ metric: `bucket ${name}, refused`, value: use.refused, unit: 'calls' }),
    ]),
  ];
}
