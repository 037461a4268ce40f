import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finishWell, newWorker, openTestCore, sayAccepted } from '#core/testing/core.ts';
import type { Claim } from '#core/turns/ports.ts';

test('a seal names the head that it closes, also when others write to the session at the same moment', async (t) => {
  const core = await openTestCore(t);
  const worker = await newWorker(core);
  const { sessionId } = await sayAccepted(core, 'thr');
  for (let round = 0; round < 5; round += 1) {
    await core.claims.beat(worker, 'test', 8);
    const claim = (await core.claims.claim(worker)) as Claim;
    const others = Array.from({ length: 12 }, () => sayAccepted(core, 'thr', { by: 'ben' }));
    await Promise.all([finishWell(core, claim), ...others]);
  }
  const rows = await core.sessions.rows(sessionId, 0, 1_000);
  const seals = rows.filter(({ type }) => type === 'turn.sealed');
  assert.equal(seals.length, 5);
  for (const { seq, prevHash, body } of seals)
    assert.deepEqual(JSON.parse(body), { headSeq: seq - 1, headHash: prevHash });
});

test('I8: who has lost the claim cannot end the turn, and nothing of the end is written', async (t) => {
  const core = await openTestCore(t);
  const { sessionId } = await sayAccepted(core, 'thr');
  const claim = (await core.claims.claim(await newWorker(core))) as Claim;
  await core.claims.leave(claim.workerId);
  const before = (await core.sessions.byId(sessionId))?.headSeq;
  await assert.rejects(finishWell(core, claim), { code: 'turn.fenced' });
  await assert.rejects(finishWell(core, { ...claim, epoch: claim.epoch + 1 }), { code: 'turn.fenced' });
  assert.equal((await core.sessions.byId(sessionId))?.headSeq, before);
  assert.equal((await core.turns.byId(claim.turnId))?.state, 'running');
});
