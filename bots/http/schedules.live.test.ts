import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '#core/testing/until.ts';
import { openStage, type Stage } from './testing/stage.ts';

/** Lets the clock of schedules come to a schedule's next moment. */
async function comes(stage: Stage, scheduleId: string): Promise<void> {
  const { nextDue } = (await stage.call('GET', `/v1/schedules/${scheduleId}`)).body;
  await stage.core.clockwork.advance(new Date(nextDue), 100);
}

/** The posts of a console thread that hold this text. */
async function postsWith(stage: Stage, thread: string, words: RegExp) {
  const { body } = await stage.call('GET', `/v1/threads/${thread}`);
  return (body.messages ?? []).filter(
    (message: { content: { type: string } }) =>
      message.content.type === 'post' && words.test(JSON.stringify(message.content)),
  );
}

async function draft(stage: Stage, words: string, more: object = {}) {
  const made = await stage.call('POST', '/v1/schedules', { words, ...more });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return made.body;
}

test('said in a console thread, confirmed there, it fires in a thread of its own and answers in it once', async (t) => {
  const stage = await openStage(t);
  const said = await stage.call('POST', '/v1/threads', { text: '/every hour say good morning' });
  assert.deepEqual(said.body.message.content.outcome, { kind: 'command' });
  const thread = said.body.thread;
  const [asked] = await postsWith(stage, thread, /I understood: every hour/);
  const card = asked.content.blocks.find(({ type }: { type: string }) => type === 'schedule');
  assert.deepEqual(card.buttons, ['save', 'drop']);
  assert.match(card.lines.join('\n'), /> say good morning\nNext: .+ · .+ · /);

  await stage.core.clockwork.advance(new Date(Date.now() + 7_200_000), 100);
  assert.deepEqual((await stage.call('GET', `/v1/schedules/${card.scheduleId}/history`)).body.firings, []);
  const saved = await stage.call('POST', '/v1/commands', {
    text: `schedules save ${card.scheduleId}`,
    thread,
  });
  assert.equal(saved.body.text, 'Saved.');
  await comes(stage, card.scheduleId);

  const fired = await until(async () => {
    const { body } = await stage.call('GET', `/v1/schedules/${card.scheduleId}/history`);
    return body.firings[0]?.turnId ? body.firings[0] : null;
  }, 'the firing to be a turn');
  const turn = await until(async () => {
    const { body } = await stage.call('GET', `/v1/turns/${fired.turnId}`);
    return body.state === 'succeeded' ? body : null;
  }, 'the turn to end');
  const session = await stage.call('GET', `/v1/sessions/${turn.sessionId}`);
  assert.notEqual(session.body.thread, thread);
  const own = session.body.thread;
  await until(
    async () => ((await postsWith(stage, own, /good morning/)).length > 1 ? true : null),
    'the answer',
  );
  assert.equal((await postsWith(stage, own, /"kind":"answer"/)).length, 1);
  assert.equal((await postsWith(stage, own, /⏰ every hour/)).length, 1);
  assert.equal((await postsWith(stage, thread, /"kind":"answer"/)).length, 0);

  await stage.core.clockwork.settle(new Date(), 10);
  const { body } = await stage.call('GET', `/v1/schedules/${card.scheduleId}`);
  assert.deepEqual(
    body.last.map(({ state }: { state: string }) => state),
    ['succeeded'],
  );
});

test('in the same thread, a firing answers there', async (t) => {
  const stage = await openStage(t);
  const thread = (await stage.call('POST', '/v1/threads', { text: 'say hello' })).body.thread;
  const { id } = await draft(stage, 'every hour say ahoy', { thread, runMode: 'same_thread' });
  await stage.call('POST', `/v1/schedules/${id}/save`);
  await stage.call('POST', `/v1/schedules/${id}/run`, undefined, { 'idempotency-key': 'once' });
  await stage.call('POST', `/v1/schedules/${id}/run`, undefined, { 'idempotency-key': 'once' });
  await until(async () => ((await postsWith(stage, thread, /ahoy/)).length > 0 ? true : null), 'the answer');
  assert.equal((await stage.call('GET', `/v1/schedules/${id}/history`)).body.firings.length, 1);
});

test('an owner who may no longer ask: paused, and its thread is told once', async (t) => {
  const stage = await openStage(t);
  const ben = await stage.addPerson('Ben', 'member');
  const auth = { authorization: `Bearer ${ben.key}` };
  const thread = (await stage.call('POST', '/v1/threads', { text: 'say hello' }, auth)).body.thread;
  const made = await stage.call('POST', '/v1/schedules', { words: 'every hour say x', thread }, auth);
  const saved = await stage.call('POST', `/v1/schedules/${made.body.id}/save`, undefined, auth);
  await stage.core.database.prisma.user.update({ where: { id: ben.user.userId }, data: { role: 'viewer' } });
  await stage.core.clockwork.advance(new Date(saved.body.nextDue), 100);
  await until(
    async () => ((await postsWith(stage, thread, /⏸ I paused/)).length > 0 ? true : null),
    'the notice',
  );
  const { body } = await stage.call('GET', `/v1/schedules/${made.body.id}`);
  assert.equal(body.state, 'paused');
  assert.match(body.pausedBecause, /Ben may no longer ask me/);
  assert.equal((await postsWith(stage, thread, /⏸ I paused/)).length, 1);
  const { rows } = await stage.core.database.pool.query(`SELECT 1 FROM turn WHERE event_id LIKE 'firing/%'`);
  assert.equal(rows.length, 0);
});

test('list, change, pause, resume, delete; each for its owner alone, others hear that there is none', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { id, next } = await draft(stage, 'every day at 9:00 say x', { zone: 'Europe/Berlin' });
  assert.equal(next.length, 3);
  assert.deepEqual((await stage.call('GET', '/v1/schedules')).body.schedules, []);
  await stage.call('POST', `/v1/schedules/${id}/save`);
  assert.equal((await stage.call('POST', `/v1/schedules/${id}/pause`)).body.state, 'paused');
  assert.equal((await stage.call('POST', `/v1/schedules/${id}/resume`)).body.state, 'active');
  const changed = await stage.call('PUT', `/v1/schedules/${id}`, { words: 'every day at 10:00 say y' });
  await stage.call('POST', `/v1/schedules/${changed.body.id}/save`);
  const now = (await stage.call('GET', `/v1/schedules/${id}`)).body;
  assert.deepEqual(
    [now.words, now.text, now.zone, now.revision],
    ['every day at 10:00', 'say y', 'Europe/Berlin', 2],
  );

  const ben = await stage.addPerson('Ben', 'member');
  const auth = { authorization: `Bearer ${ben.key}` };
  for (const [method, path] of [
    ['GET', `/v1/schedules/${id}`],
    ['DELETE', `/v1/schedules/${id}`],
    ['POST', `/v1/schedules/${id}/run`],
    ['GET', `/v1/schedules/${id}/history`],
  ] as const) {
    const answer = await stage.call(method, path, undefined, auth);
    assert.deepEqual([answer.status, answer.body.code], [404, 'schedule.not_found'], path);
  }
  const admin = await stage.addPerson('Ada', 'admin');
  const asAdmin = { authorization: `Bearer ${admin.key}` };
  assert.equal(
    (await stage.call('POST', `/v1/schedules/${id}/pause`, undefined, asAdmin)).body.state,
    'paused',
  );
  assert.equal((await stage.call('POST', `/v1/schedules/${id}/run`, undefined, asAdmin)).status, 403);
  assert.equal((await stage.call('DELETE', `/v1/schedules/${id}`)).body.deleted, true);
  assert.equal((await stage.call('DELETE', `/v1/schedules/${id}`)).status, 404);
});

test('what is unclear or cannot be is answered with words that would be understood', async (t) => {
  const stage = await openStage(t, { worker: false });
  for (const [words, code, says] of [
    [
      'every day at 9 say x',
      'schedule.unclear',
      /Write: every day at 9:00 say x {2}or {2}every day at 21:00 say x/,
    ],
    ['look at it', 'schedule.not_understood', /every weekday at 9:00/],
    ['cron "99 * * * *" x', 'schedule.cron_invalid', /minute, hour/],
    ['every monday x', 'schedule.incomplete', /every monday at 9:00 x/],
  ] as const) {
    const { status, body } = await stage.call('POST', '/v1/schedules', { words });
    assert.deepEqual([status, body.code], [422, code]);
    assert.match(body.detail, says);
  }
  const elsewhere = await stage.call('POST', '/v1/schedules', {
    words: 'every hour x',
    zone: 'Europe/Berln',
  });
  assert.match(elsewhere.body.detail, /Did you mean .*Europe\/Berlin/);
});

test('I2: the same message makes one draft, however often it is delivered', async (t) => {
  const stage = await openStage(t, { worker: false });
  const headers = { 'idempotency-key': 'same' };
  const first = await stage.call('POST', '/v1/schedules', { words: 'every hour x' }, headers);
  const second = await stage.call('POST', '/v1/schedules', { words: 'every hour x' }, headers);
  assert.equal(first.body.id, second.body.id);
});
