import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openHostAsks } from '#core/infra/egress/host-asks.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { newWorker, sayAccepted } from '#core/testing/core.ts';
import { openStage } from './testing/stage.ts';

/** A running turn of Ana's that wants to reach a host. */
async function openCard(t: Parameters<typeof openStage>[0]) {
  const stage = await openStage(t, { worker: false });
  const { core } = stage;
  await sayAccepted(core, 'thr');
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  const asked = await openHostAsks(core.database, openSigningKey(core.home)).ask({
    ...claim,
    authorId: 'usr_x',
    group: { host: 'api.test', port: 8443, method: 'POST', secret: null },
    fingerprint: 'f',
    line: 'POST https://api.test:8443/v1  (body 3 bytes)',
    why: 'for $ curl',
    holdMs: 1_000,
    lifeMs: 60_000,
  });
  assert.ok(asked.kind === 'asked');
  return { stage, claim, approvalId: asked.approvalId };
}

test('“Always…” allows it in the thread and proposes a rule that an administrator applies', async (t) => {
  const { stage, approvalId } = await openCard(t);
  const { body: card } = await stage.call('GET', `/v1/approvals/${approvalId}`);
  assert.deepEqual(
    [card.request.kind, card.request.subject],
    ['host', 'POST https://api.test:8443/v1  (body 3 bytes)'],
  );
  const decided = await stage.call('POST', `/v1/approvals/${approvalId}/decide`, {
    grant: true,
    scope: 'always',
    revision: card.revision,
  });
  assert.deepEqual([decided.status, decided.body.state, decided.body.scope], [200, 'granted', 'always']);
  const { body } = await stage.call('GET', '/v1/policy-proposals');
  const [proposal] = body.proposals;
  assert.equal(proposal.layer, 'workspace');
  const applied = await stage.call('POST', `/v1/policy-proposals/${proposal.id}/apply`);
  assert.equal(applied.body.state, 'applied');
  const policy = await stage.core.policies.current({ layer: 'workspace', owner: proposal.owner });
  assert.match(policy?.text ?? '', /allow[\s\S]*api\.test[\s\S]*8443[\s\S]*POST/);
});

test('what came to the door is read in order by those who may see the session', async (t) => {
  const { stage, claim } = await openCard(t);
  const { sessionId, turnId } = claim;
  const entry = {
    at: new Date().toISOString(),
    method: 'GET',
    scheme: 'https' as const,
    host: 'api.test',
    port: 443,
    path: '/x',
    outcome: 'refused' as const,
    rule: 'deny api.test',
    code: 'policy',
    reason: 'no',
    status: 403,
    secret: null,
    sent: 0,
    received: 0,
    ms: 1,
  };
  await stage.core.egressLog.append(sessionId, [{ turnId, entry }]);
  const { body } = await stage.call('GET', `/v1/sessions/${sessionId}/egress`);
  assert.deepEqual(body.entries, [{ sessionId, n: 1, turnId, ...entry }]);
  const found = async (query: string) =>
    (await stage.call('GET', `/v1/egress?${query}`)).body.entries.map(({ n }: { n: number }) => n);
  assert.deepEqual(await found('host=test&outcome=refused'), [1]);
  assert.deepEqual(await found('host=est'), []);
  assert.deepEqual(await found('outcome=passed'), []);
  assert.deepEqual(await found(`session=${sessionId}`), [1]);
  assert.deepEqual((await stage.call('GET', `/v1/sessions/${sessionId}/egress?after=1`)).body.entries, []);
  const asked = await stage.call('GET', `/v1/sessions/${sessionId}/egress`, undefined, { authorization: '' });
  assert.equal(asked.status, 401);
});
