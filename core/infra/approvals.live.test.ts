import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newWorker, openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import type { Claim } from '#core/turns/ports.ts';

const request = { kind: 'command' as const, title: 'run a command', subject: 'echo hi', why: null };
const by = { userId: 'usr_ana', name: 'ana' };

async function waiting(core: TestCore, keys: string[], lifeMs = 60_000) {
  await sayAccepted(core, 'thr');
  const claim = (await core.claims.claim(await newWorker(core))) as Claim;
  const opened = [];
  for (const key of keys) opened.push(await core.approvals.open(claim, key, `print-${key}`, request, lifeMs));
  assert.equal(
    await core.claims.wait(
      claim,
      opened.map((approval) => approval.approvalId),
    ),
    false,
  );
  return { claim, opened };
}

test('I7: of twenty answers at once one counts, and the others are told who decided', async (t) => {
  const core = await openTestCore(t);
  const { opened } = await waiting(core, ['call_1']);
  const id = opened[0]?.approvalId ?? '';
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      core.approvals.decide(id, {
        grant: n % 2 === 0,
        scope: 'once',
        by: { ...by, name: `p${n}` },
        revision: 1,
      }),
    ),
  );
  const [won] = answers.filter((answer) => answer?.changed);
  assert.equal(answers.filter((answer) => answer?.changed).length, 1);
  for (const answer of answers) assert.deepEqual(answer?.now.decidedBy, won?.now.decidedBy);
});

test('a waiting turn holds no worker, and is ready as soon as one of its questions is answered', async (t) => {
  const core = await openTestCore(t);
  const { claim, opened } = await waiting(core, ['call_1', 'call_2']);
  const worker = await newWorker(core);
  assert.equal(await core.claims.claim(worker), null);
  await core.approvals.decide(opened[1]?.approvalId ?? '', { grant: true, scope: 'once', by, revision: 1 });
  assert.equal((await core.claims.claim(worker))?.turnId, claim.turnId);
});

test('an answer that comes before the turn has let go is not missed', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const claim = (await core.claims.claim(await newWorker(core))) as Claim;
  const { approvalId } = await core.approvals.open(claim, 'call_1', 'print', request, 60_000);
  await core.approvals.decide(approvalId, { grant: false, scope: 'once', by, revision: 1 });
  assert.equal(await core.claims.wait(claim, [approvalId]), true);
});

test('a card of another revision decides nothing', async (t) => {
  const core = await openTestCore(t);
  const { opened } = await waiting(core, ['call_1']);
  const answer = await core.approvals.decide(opened[0]?.approvalId ?? '', {
    grant: true,
    scope: 'once',
    by,
    revision: 2,
  });
  assert.equal(answer?.changed, false);
  assert.equal(answer?.now.state, 'open');
});

test('a question past its time becomes a denial, and the turn goes on', async (t) => {
  const core = await openTestCore(t);
  const { claim, opened } = await waiting(core, ['call_1'], 0);
  const late = await core.approvals.decide(opened[0]?.approvalId ?? '', {
    grant: true,
    scope: 'once',
    by,
    revision: 1,
  });
  assert.equal(late?.changed, false);
  assert.deepEqual(await core.approvals.expire(), [claim.sessionId]);
  assert.equal((await core.approvals.byId(opened[0]?.approvalId ?? ''))?.state, 'expired');
  assert.equal((await core.claims.claim(await newWorker(core)))?.turnId, claim.turnId);
});

test('asking twice for one effect opens one question', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const claim = (await core.claims.claim(await newWorker(core))) as Claim;
  const first = await core.approvals.open(claim, 'call_1', 'print', request, 60_000);
  const second = await core.approvals.open(claim, 'call_1', 'print', request, 60_000);
  assert.equal(second.approvalId, first.approvalId);
});
