import { TurnJournal } from '#core/events/journal.ts';
import { type Core, openCore } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import { usualLimits } from '#core/schedules/plan.ts';
import { finishWell, newWorker, sayAccepted } from '#core/testing/core.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { say, scriptedModel } from '#worker/agent/testing/scripted-model.ts';
import { only } from '#worker/agent/testing/stage.ts';
import { FakeHost, FakeSandboxes } from '#worker/sandbox/fake.ts';
import { openStopSignals } from '#worker/stop-signals.ts';
import { runTurn } from '#worker/turn-runner.ts';
import { openGround } from '../ground.ts';
import { atMost, percentile, rounded, told } from '../metric.ts';

const turns = 500;
const effectsATurn = 10;
const starts = 40;
const targetMs = 100;

/** How long a turn of a long session takes from its claim to its first request to a model. */
export async function benchContext(say: (what: string) => void) {
  await using owned = new AsyncDisposableStack();
  const { plainUrl: databaseUrl, home } = await openGround(owned);
  const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench' });
  owned.defer(() => core.close());
  const workerId = await newWorker(core);
  const beat = setInterval(() => void core.claims.beat(workerId, 'bench', 8), 1000);
  owned.defer(() => clearInterval(beat));

  say('an empty session, for comparison');
  const empty = await measureStarts(core, workerId, 'empty', 10);
  say(`${turns} turns with ${effectsATurn} effects each`);
  await fill(core, workerId);
  say('the first turn after them, which has all of it before it');
  const [unsummarised = 0] = await measureStarts(core, workerId, 'long', 1);
  say(`${starts} turns more`);
  const long = await measureStarts(core, workerId, 'long', starts);
  return [
    told({ metric: 'empty session, start p50', value: rounded(percentile(empty, 0.5)), unit: 'ms' }),
    atMost(
      { metric: `${turns} turns, never summarised, start`, value: rounded(unsummarised), unit: 'ms' },
      targetMs,
    ),
    atMost(
      { metric: `${turns} turns, start p50`, value: rounded(percentile(long, 0.5)), unit: 'ms' },
      targetMs,
    ),
    atMost(
      { metric: `${turns} turns, start p95`, value: rounded(percentile(long, 0.95)), unit: 'ms' },
      targetMs,
    ),
  ];
}

const question = `What about this one? ${'It is about backups. '.repeat(30)}`;
const answer = `Here is what I found. ${'All of them ran, and none is late. '.repeat(30)}`;
const output = 'a line of output\n'.repeat(100);

/** A session with a past, written as a worker writes it. */
async function fill(core: Core, workerId: string): Promise<void> {
  for (let n = 0; n < turns; n += 1) {
    await sayAccepted(core, 'long', { text: `${n}: ${question}` });
    const claim = await core.claims.claim(workerId);
    if (!claim) throw new Error('nothing to claim');
    const journal = new TurnJournal(claim, [], {
      appender: core.appender,
      payloads: core.blobs,
      now: () => new Date(),
    });
    const effects = Array.from({ length: effectsATurn }, (_, call) =>
      journal.effect(
        { key: `call_${call}/command:0`, kind: 'command', title: '$ look', request: { call } },
        async () => ({ outcome: 'done', result: { output } }),
      ),
    );
    await Promise.all(effects);
    await journal.flushed();
    await finishWell(core, claim, answer);
  }
}

/** Runs turns of one session and gives the time from each claim to the first request to a model, in ms. */
async function measureStarts(core: Core, workerId: string, thread: string, count: number): Promise<number[]> {
  const model = scriptedModel([[say(answer)]]);
  let asked = 0;
  const timed = {
    ...model,
    getStreamedResponse: (request: Parameters<typeof model.getStreamedResponse>[0]) => {
      if (asked === 0) asked = performance.now();
      return model.getStreamedResponse(request);
    },
  };
  const deps = {
    ...core,
    agent: createAgent({ models: only(timed), version: 'bench' }),
    sandboxes: new FakeSandboxes(new FakeHost()),
    skills: noSkills,
    way: null,
    desk: openScheduleDesk(core.schedules, usualLimits),
    stops: openStopSignals(core.live),
    log: openLog('bench', 'error'),
    limits: { commandTimeoutMs: 60_000, approvalLifeMs: 60_000, maxFileBytes: 1_000_000 },
  };
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const { turnId } = await sayAccepted(core, thread, { text: question });
    asked = 0;
    const began = performance.now();
    const claim = await core.claims.claim(workerId);
    if (claim?.turnId !== turnId) throw new Error('another turn was claimed');
    await runTurn(claim, deps, new AbortController().signal);
    if (asked === 0) throw new Error('no model was asked');
    times.push(asked - began);
  }
  return times;
}
