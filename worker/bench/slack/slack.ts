import { setTimeout as sleep } from 'node:timers/promises';
import { startScriptedWorker } from '#bots/http/testing/scripted-worker.ts';
import { assertCommitted } from '#bots/slack/testing/committed.ts';
import { manifestScopes } from '#bots/slack/testing/manifest.ts';
import { startSlackRole } from '#bots/slack/testing/role.ts';
import { type SlackTwin, startSlackTwin, type TwinOptions } from '#bots/slack/testing/slack-twin.ts';
import { type Core, openCore } from '#core/infra/open-core.ts';
import { until } from '#core/testing/until.ts';
import { openGround } from '../ground.ts';
import { atMost, type Found, percentile, rounded, told } from '../metric.ts';

const eventsPerSecond = 200;
const forMs = 10_000;
const people = 50;
/** As a workspace in use has them: no channel's one post a second is what the answers are measured by. */
const channels = 250;
const atOnce = 60;
const crowdChannels = 6;
/** A channel takes its first post at once and one a second after that: no answer can stand before its place. */
const bucketsMs = (atOnce / crowdChannels - 1) * 1_000;
const measuredAnswers = 200;
const answersWithinMs = 120_000;

interface Place {
  core: Core;
  twin: SlackTwin;
}

/**
 * Slack's way in and out: the bots role as a process of its own, its far side and the measuring here, on a Postgres that flushes.
 * Acknowledgement under load, answers while many turns wait, and a crowd at once within Slack's own limits. At each
 * acknowledgement the twin looks whether the turn is committed, and the run fails where it is not.
 */
export async function benchSlack(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const { home, plainUrl, slowUrl } = await openGround(owned);
  const on = async <T>(url: string, options: TwinOptions, measure: (place: Place) => Promise<T>) => {
    await using stack = new AsyncDisposableStack();
    const core = await openCore({ databaseUrl: url, redisUrl: undefined, home, name: 'bench' });
    stack.defer(() => core.close());
    const twin: SlackTwin = await startSlackTwin({
      scopes: manifestScopes(),
      onAcknowledged: (envelope) => assertCommitted(core, twin.workspace.appUserId, envelope),
      ...options,
    });
    stack.defer(() => twin.stop());
    const role = await startSlackRole({ databaseUrl: url, home }, twin);
    stack.defer(() => role.kill('SIGTERM'));
    return await measure({ core, twin });
  };

  const busy = await on(plainUrl, { limits: false }, async (place) => {
    say(`${eventsPerSecond} events a second for ${forMs / 1000} s`);
    const found = await measureAcknowledgements(place);
    say('answers while those turns wait');
    return [...found, await measureAnswers(place)];
  });
  say(`${atOnce} people at once, within Slack's limits`);
  return [...busy, ...(await on(slowUrl, { plan: 'free' }, measureCrowd))];
}

/** Each mention comes as two events: `message` and `app_mention`. */
async function measureAcknowledgements({ twin }: Place): Promise<Found[]> {
  const everyMs = 2_000 / eventsPerSecond;
  const persons = Array.from({ length: people }, (_, n) => twin.workspace.user(`user ${n}`));
  const places = Array.from({ length: channels }, (_, n) => twin.workspace.channel(`team-${n}`).id);
  // Their names are known from here on, as those of a workspace in use are.
  for (const [n, person] of persons.entries()) person.mention(places[n] ?? '', 'say hello');
  await twin.events.settled();
  const before = twin.events.attempts.length;
  const began = performance.now();
  for (let n = 0; n * everyMs < forMs; n += 1) {
    persons[n % people]?.mention(places[n % channels] ?? '', `say number ${n}`);
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
async function measureAnswers({ core }: Place): Promise<Found> {
  const worker = startScriptedWorker(core);
  const waits = await until(
    async () => {
      const { rows } = await core.database.pool.query<{ ms: number }>(
        `SELECT extract(epoch FROM max(at::timestamptz) FILTER (WHERE type = 'post.receipt')
         - max(at::timestamptz) FILTER (WHERE type = 'turn.finished'))::float * 1000 AS ms
       FROM event WHERE type IN ('post.receipt', 'turn.finished')
       GROUP BY turn_id HAVING count(*) = 2 ORDER BY max(at)`,
      );
      return rows.length >= measuredAnswers ? rows.map(({ ms }) => ms) : null;
    },
    `${measuredAnswers} answers`,
    answersWithinMs,
  );
  await worker.stop();
  const p50 = rounded(percentile(waits.slice(0, measuredAnswers), 0.5));
  return atMost({ metric: 'turn finished → answer posted, 1,000 waiting, p50', value: p50, unit: 'ms' }, 50);
}

/** Everybody in a few channels asks at once; Slack's own buckets should be all that they wait for. */
async function measureCrowd({ twin, core }: Place): Promise<Found[]> {
  const worker = startScriptedWorker(core);
  const persons = Array.from({ length: atOnce }, (_, n) => twin.workspace.user(`crowd ${n}`));
  const places = Array.from({ length: crowdChannels }, (_, n) => twin.workspace.channel(`crowded-${n}`).id);
  const began = performance.now();
  const asked = persons.map((person, n) =>
    person.mention(places[n % crowdChannels] ?? '', `say answer ${n}`),
  );
  await twin.events.settled();
  const acceptedMs = performance.now() - began;
  for (const place of asked) {
    await twin.look.until('an answer', () => twin.look.posts(place).length > 0, answersWithinMs);
  }
  const answeredMs = performance.now() - began;
  await worker.stop();
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
