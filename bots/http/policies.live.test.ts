import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, openStage } from './testing/stage.ts';

const mine = 'format: 1\nrules:\n  - { effect: deny, host: mine.example }\n';

test('a policy is read, saved, refused with its line, and reverted', async (t) => {
  const stage = await openStage(t, { worker: false });
  const shipped = (await stage.call('GET', '/v1/policies/system')).body;
  assert.deepEqual([shipped.current.version, shipped.mayChange], [0, true]);
  const text = 'format: 1\npreset: none\n';
  assert.equal((await stage.call('POST', '/v1/policies/system', { text, after: 0 })).body.version, 1);
  const late = await stage.call('POST', '/v1/policies/system', { text: mine, after: 0 });
  assert.deepEqual([late.status, late.body.code], [409, 'policy_changed']);
  const wrong = await stage.call('POST', '/v1/policies/system', { text: 'format: 1\npreset: opne\n' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.body.detail, /nothing was changed\.\nline 2: preset should be one of none/);
  assert.equal((await stage.call('GET', '/v1/policies/system')).body.current.text, text);
  const back = await stage.call('POST', '/v1/policies/system/revert', { version: 0 });
  assert.deepEqual(
    [back.body.version, back.body.text, back.body.savedBy.name],
    [2, shipped.current.text, 'Owner'],
  );
  const versions = (await stage.call('GET', '/v1/policies/system')).body.versions;
  assert.deepEqual(
    versions.map(({ version }: { version: number }) => version),
    [2, 1, 0],
  );
});

test("a member changes their own policy and reads the others; everybody else's is theirs", async (t) => {
  const stage = await openStage(t, { worker: false });
  const [ana, ben] = [
    await stage.addPerson('ana', 'member'),
    await stage.addPerson('ben', 'member'),
  ] as const;
  const as = (key: string, method: string, path: string, body?: object) =>
    call(stage.url, method, path, body, { authorization: `Bearer ${key}` });
  assert.equal((await as(ana.key, 'POST', '/v1/policies/user', { text: mine })).body.owner, ana.user.userId);
  assert.equal((await as(ben.key, 'GET', '/v1/policies/user')).body.current, null);
  assert.equal((await as(ana.key, 'GET', '/v1/policies/workspace')).status, 200);
  for (const layer of ['system', 'workspace']) {
    const refused = await as(ana.key, 'POST', `/v1/policies/${layer}`, { text: 'format: 1\n' });
    assert.deepEqual([refused.status, refused.body.code], [403, 'auth.not_allowed']);
    assert.equal((await as(ana.key, 'POST', `/v1/policies/${layer}/revert`, { version: 0 })).status, 403);
  }
  assert.equal((await as(ana.key, 'GET', '/v1/policies/workspace?workspace=wsp_other')).status, 404);
  const seen = (await as(ana.key, 'GET', '/v1/policies')).body.policies;
  assert.deepEqual(
    seen.map(({ layer, mayChange }: { layer: string; mayChange: boolean }) => [layer, mayChange]),
    [
      ['system', false],
      ['user', true],
    ],
  );
});

test('a member proposes, an administrator applies once; the proposer may take it back', async (t) => {
  const stage = await openStage(t, { worker: false });
  const ana = await stage.addPerson('ana', 'member');
  const ben = await stage.addPerson('ben', 'member');
  const as = (key: string, method: string, path: string, body?: object) =>
    call(stage.url, method, path, body, { authorization: `Bearer ${key}` });
  const rule = '{ effect: allow, host: packages.example.com, methods: [GET] }';
  const propose = () =>
    as(ana.key, 'POST', '/v1/policy-proposals', {
      layer: 'system',
      change: { rule },
      why: 'npm ci in every session',
    });
  const { id } = (await propose()).body;
  const at = `/v1/policy-proposals/${id}`;
  const listed = async (key: string) => (await as(key, 'GET', '/v1/policy-proposals')).body.proposals;
  assert.deepEqual(
    (await listed(ana.key)).map(({ mayDecide }: { mayDecide: boolean }) => mayDecide),
    [false],
  );
  assert.deepEqual(await listed(ben.key), []);
  assert.equal((await as(ben.key, 'POST', `${at}/drop`)).status, 404);
  assert.equal((await as(ana.key, 'POST', `${at}/apply`)).status, 403);
  const applied = (await stage.call('POST', `${at}/apply`)).body;
  assert.deepEqual([applied.state, applied.appliedVersion, applied.decidedBy.name], ['applied', 1, 'Owner']);
  assert.equal((await stage.call('POST', `${at}/apply`)).status, 409);
  assert.match((await stage.call('GET', '/v1/policies/system')).body.current.text, /packages\.example\.com/);
  const second = (await propose()).body;
  assert.equal((await as(ana.key, 'POST', `/v1/policy-proposals/${second.id}/drop`)).body.state, 'dropped');
  const wrong = await as(ana.key, 'POST', '/v1/policy-proposals', {
    layer: 'system',
    change: { rule: 'x' },
    why: 'y',
  });
  assert.equal(wrong.status, 400);
});
