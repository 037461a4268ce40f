import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import { usualLimits } from '#core/schedules/plan.ts';
import { openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { openTurnSchedules } from '#worker/turn-schedules.ts';
import { callTool, say, scriptedModel } from '../testing/scripted-model.ts';
import { Stage } from '../testing/stage.ts';

const proposal = {
  when: 'every weekday at 9:00',
  zone: 'Europe/Berlin',
  request: 'check the backups',
  why: 'they failed twice',
};
const propose = (args: object, callId = 'call_a') => callTool('propose_schedule', args, callId);

/** Schedules of one thread of Ana's, as a turn there is given them. */
async function own(core: TestCore, thread: string) {
  const { sessionId } = await sayAccepted(core, thread, { by: 'ana' });
  const session = await core.sessions.byId(sessionId);
  const desk = openScheduleDesk(core.schedules, usualLimits);
  const author = { userId: session?.ownerId ?? '', name: 'ana' };
  return openTurnSchedules(session, author, new Date().toISOString(), { desk, identities: core.identities });
}

test('a proposal asks with its times and its text; nothing is made before a yes', async () => {
  const stage = new Stage({ model: scriptedModel([[propose(proposal)], [say('Done.')]]) });
  const outcome = await stage.run();
  assert.equal(outcome.kind, 'waiting');
  if (outcome.kind !== 'waiting') return;
  const { request } = outcome.asks[0] ?? {};
  assert.equal(request?.kind, 'schedule');
  assert.match(
    request?.subject ?? '',
    /every weekday at 09:00 \(Europe\/Berlin\)\n> check the backups\nNext: Mon 23 Nov 2026, 09:00 \(UTC\+1\) · /,
  );
  assert.equal(request?.why, 'they failed twice');
});

test('I7: the fingerprint is that of when, zone and text, whatever the reason says', async () => {
  const prints = new Set<string | undefined>();
  for (const args of [
    proposal,
    { ...proposal, why: 'another' },
    { ...proposal, zone: 'UTC' },
    { ...proposal, request: 'x' },
  ]) {
    const outcome = await new Stage({ model: scriptedModel([[propose(args)]]) }).run();
    prints.add(outcome.kind === 'waiting' ? outcome.asks[0]?.fingerprint : undefined);
  }
  assert.equal(prints.size, 3);
});

test('after a yes it is saved for the author in this thread, once, also when the call is done again', async (t) => {
  const core = await openTestCore(t);
  const schedules = await own(core, 'here');
  const stage = new Stage({ model: scriptedModel([[propose(proposal)], [say('Done.')]]) });
  stage.decisions.set('call_a', { granted: true, by: 'Ana' });
  assert.equal(await stage.answer({ schedules }), 'Done.');
  const [saved] = await schedules.list();
  assert.equal(saved?.line, 'every weekday at 09:00 (Europe/Berlin): check the backups');
  const again = {
    words: 'every weekday at 9:00 check the backups',
    zone: 'Europe/Berlin',
    changes: null,
    key: 'trn_1.call_a',
  };
  await schedules.save(again);
  assert.equal((await schedules.list()).length, 1);
  assert.deepEqual(await (await own(core, 'elsewhere')).list(), [], 'another thread sees none of it');
});

test('after a no nothing is made', async (t) => {
  const core = await openTestCore(t);
  const schedules = await own(core, 'here');
  const stage = new Stage({ model: scriptedModel([[propose(proposal)], [say('As you wish.')]]) });
  stage.decisions.set('call_a', { granted: false, by: 'Ana' });
  await stage.answer({ schedules });
  assert.deepEqual(await schedules.list(), []);
});

test('what is unclear asks nobody: the model is told what would be right', async () => {
  const model = scriptedModel([[propose({ ...proposal, when: 'every day at 9' })], [say('I see.')]]);
  const core = { schedules: { list: never, save: refuse, remove: never } };
  const stage = new Stage({ model });
  assert.equal(await stage.answer(core), 'I see.');
  assert.match(JSON.stringify(model.requests.at(-1)?.input), /9:00 or 21:00/);
});

test('a change and a deletion name the schedule by the line that people were shown, or do nothing', async (t) => {
  const core = await openTestCore(t);
  const schedules = await own(core, 'here');
  await schedules.save({ words: 'every hour look', zone: 'UTC', changes: null, key: 'a' });
  const [made] = await schedules.list();
  assert.ok(made);
  await assert.rejects(
    schedules.remove(made.id, 'something harmless'),
    /reads differently now: every hour \(UTC\): look/,
  );
  const change = {
    words: 'every day at 8:00 look',
    zone: 'UTC',
    changes: { schedule: made.id, line: made.line },
    key: 'b',
  };
  await schedules.save(change);
  assert.match(await schedules.save(change), /^Saved: every day at 08:00/);
  const [changed] = await schedules.list();
  assert.deepEqual(changed, { id: made.id, line: 'every day at 08:00 (UTC): look' });
  await schedules.remove(made.id, changed?.line ?? '');
  assert.deepEqual(await schedules.list(), []);
});

async function never(): Promise<never> {
  throw new Error('not called');
}

async function refuse({ words, zone }: { words: string; zone: string }): Promise<never> {
  const { planSchedule } = await import('#core/schedules/plan.ts');
  planSchedule(words, new Date('2026-11-21T06:00:00Z'), zone, usualLimits);
  throw new Error('understood');
}
