import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { finishWell, newWorker, openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import type { Claim } from '#core/turns/ports.ts';

/** A thread in which a turn of Ana's runs, with what is queued behind it. */
async function stage(t: TestContext) {
  const core = await openTestCore(t);
  const running = await sayAccepted(core, 'thr', { text: 'upgrade', by: 'ana' });
  const claim = (await core.claims.claim(await newWorker(core))) as Claim;
  const ana = await person(core, 'ana');
  const ben = await person(core, 'ben');
  const queue = async (text: string, by: string) => (await sayAccepted(core, 'thr', { text, by })).turnId;
  return { core, running, claim, ana, ben, queue };
}

async function person(core: TestCore, id: string) {
  const user = await core.identities.resolve(
    'console',
    { externalId: 'local', name: 'local' },
    { id, name: id },
  );
  return { userId: user.userId, name: user.name };
}

test('I7: only the author of what runs steers it, with words of their own; others are told why', async (t) => {
  const { core, running, ana, ben, queue } = await stage(t);
  const bens = await queue('delete it', 'ben');
  const anas = await queue('use staging', 'ana');
  for (const [turnId, by, code] of [
    [bens, ben, 'steer.not_yours'],
    [anas, ben, 'steer.not_yours'],
    [bens, ana, 'steer.not_yours'],
    [running.turnId, ana, 'steer.too_late'],
    ['trn_none', ana, 'steer.unknown'],
  ] as const) {
    await assert.rejects(core.steers.ask(turnId, by), { code }, `${by.name}: ${code}`);
  }
  assert.equal(await core.steers.waiting(running.turnId), false);
  assert.equal((await core.steers.ask(anas, ana)).into, running.turnId);
  assert.equal((await core.steers.ask(anas, ana)).into, running.turnId);
  const asked = (await core.sessions.turnEvents(anas)).filter(({ type }) => type === 'turn.steer_asked');
  assert.equal(asked.length, 1, 'asked twice, written once');
});

test('I4: words are taken once for one key, given again for it, and for no other', async (t) => {
  const { core, claim, ana, queue } = await stage(t);
  const first = await queue('use staging', 'ana');
  await queue('this waits', 'ana');
  const third = await queue('and be quick', 'ana');
  await core.steers.ask(third, ana);
  await core.steers.ask(first, ana);
  const [one, two] = await Promise.all([
    core.steers.take(claim, 'steer:1'),
    core.steers.take(claim, 'steer:1'),
  ]);
  assert.deepEqual(one, two);
  assert.deepEqual(
    one.map(({ text }) => text),
    ['use staging', 'and be quick'],
  );
  assert.deepEqual(await core.steers.take(claim, 'steer:2'), []);
  assert.equal((await core.turns.byId(first))?.state, 'cancelled');
  const heard = (await core.sessions.turnEvents(claim.turnId)).flatMap((event) =>
    event.type === 'turn.steered' ? [event.body.from] : [],
  );
  assert.deepEqual(heard, [first, third]);
  await assert.rejects(core.steers.ask(first, ana), { code: 'steer.too_late' });
  await finishWell(core, claim);
  const next = (await core.claims.claim(await newWorker(core))) as Claim;
  assert.equal((await core.turns.byId(next.turnId))?.text, 'this waits');
});

test('I1: should the turn end first, the words keep their place and are the next turn', async (t) => {
  const { core, claim, ana, queue } = await stage(t);
  const words = await queue('use staging', 'ana');
  await core.steers.ask(words, ana);
  await finishWell(core, claim);
  const next = (await core.claims.claim(await newWorker(core))) as Claim;
  assert.equal(next.turnId, words);
  await assert.rejects(core.steers.take(claim, 'steer:1'), { code: 'turn.fenced' });
  assert.deepEqual(await core.steers.take(next, 'steer:1'), [], 'it does not hear itself');
});

test('I8: a worker that was taken over takes no words', async (t) => {
  const { core, claim, ana, queue } = await stage(t);
  await core.steers.ask(await queue('use staging', 'ana'), ana);
  await core.claims.release(claim);
  const later = (await core.claims.claim(await newWorker(core))) as Claim;
  await assert.rejects(core.steers.take(claim, 'steer:1'), { code: 'turn.fenced' });
  assert.equal((await core.steers.take(later, 'steer:1')).length, 1);
});

test('words that are edited or taken back before they are heard are heard as edited, or not at all', async (t) => {
  const { core, claim, ana, queue } = await stage(t);
  const edited = await sayAccepted(core, 'thr', { id: 'msg_edit', text: 'use staging', by: 'ana' });
  const gone = await queue('use production', 'ana');
  await core.steers.ask(edited.turnId, ana);
  await core.steers.ask(gone, ana);
  await core.turns.edit('console', 'msg_edit', 'use testing', ana.userId);
  await core.turns.cancelQueued(gone, ana, 'stopped');
  assert.deepEqual(
    (await core.steers.take(claim, 'steer:1')).map(({ text }) => text),
    ['use testing'],
  );
});

test('a turn that is being stopped hears nothing any more', async (t) => {
  const { core, running, ana, queue } = await stage(t);
  const words = await queue('use staging', 'ana');
  await core.turns.stop(running.turnId, ana);
  await assert.rejects(core.steers.ask(words, ana), { code: 'steer.nothing_runs' });
});
