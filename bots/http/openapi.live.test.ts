import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type Document, OpenAPIClientAxios } from 'openapi-client-axios';
import { until } from '#core/testing/until.ts';
import { openStage } from './testing/stage.ts';

test('the document is valid OpenAPI 3.1, and each operation has a name, a rule and a summary', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { body: document } = await stage.call('GET', '/v1/openapi.json');
  const verdict = await new Validator().validate(structuredClone(document));
  assert.deepEqual(verdict.errors ?? [], []);
  assert.ok(verdict.valid);
  assert.equal(document.openapi, '3.1.0');
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods as object));
  const names = operations.map(({ operationId }) => operationId);
  assert.equal(new Set(names).size, names.length, 'names are unique');
  for (const { operationId, summary, 'x-act': act, tags } of operations) {
    assert.ok(summary && act && tags?.length, `${operationId} has summary, act and tag`);
  }
});

test('a client that a public generator makes of the document does the main job', async (t) => {
  const stage = await openStage(t);
  const { body: definition } = await stage.call('GET', '/v1/openapi.json');
  const made = new OpenAPIClientAxios({
    definition: { ...(definition as Document), servers: [{ url: stage.url }] },
    axiosConfigDefaults: { headers: { authorization: `Bearer ${stage.key}` } },
  });
  const client = await made.init();
  const call = async (operation: string, parameters?: object, body?: unknown) => {
    const run = client[operation];
    assert.ok(run, `the client has ${operation}`);
    return (await run(parameters as never, body)).data;
  };

  // Asked with a template and a question; the answer waits for a yes.
  const { session, turnId } = await call(
    'postSessions',
    { 'idempotency-key': 'job-1' },
    { text: 'careful $ uname -a', template: 'assistant' },
  );
  const again = await call('postSessions', { 'idempotency-key': 'job-1' }, { text: 'careful $ uname -a' });
  assert.equal(again.turnId, turnId, 'the same key makes no second session');
  const approval = await until(async () => {
    const { approvals } = await call('getApprovals', { session: session.id });
    return approvals[0];
  }, 'the question to be asked');
  await call(
    'postApprovalsByApprovalDecide',
    { approval: approval.id },
    { grant: true, revision: approval.revision },
  );
  const document = await until(async () => {
    const found = await call('getTurnsByTurn', { turn: turnId });
    return found.state === 'succeeded' ? found : null;
  }, 'the turn to end');
  assert.match(document.answer, /with your permission/);

  const { turns } = await call('getSessionsBySessionTurns', { session: session.id });
  assert.deepEqual(
    turns.map(({ id, state }: { id: string; state: string }) => [id, state]),
    [[turnId, 'succeeded']],
  );
  const { sessions } = await call('getSessions', { search: 'CAREFUL', template: 'assistant' });
  assert.deepEqual(
    sessions.map(({ id }: { id: string }) => id),
    [session.id],
  );
  const verdict = await call('getSessionsBySessionVerification', { session: session.id });
  assert.deepEqual([verdict.ok, verdict.fault], [true, null]);
  await call('patchSessionsBySession', { session: session.id }, { title: 'Kernel', archived: true });
  assert.deepEqual((await call('getSessions')).sessions, []);
  assert.equal((await call('getSessions', { archived: 'true' })).sessions[0].title, 'Kernel');
});
