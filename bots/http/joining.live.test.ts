import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { call, openStage } from './testing/stage.ts';

/** Ana of the console, and the same Ana on Slack, whom nobody knows to be her. */
async function stageOf(t: TestContext) {
  const stage = await openStage(t, { worker: false });
  const ana = await stage.addPerson('Ana', 'member');
  const slack = () =>
    stage.core.identities.resolve('slack', { externalId: 'T1', name: 'Team' }, { id: 'U2', name: 'ana.s' });
  return { stage, ana: ana.user.userId, slack, other: (await slack()).userId };
}

test('two entries of one person are joined by hand, told to the audit log, and separated again account by account', async (t) => {
  const { stage, ana, slack, other } = await stageOf(t);
  const joined = await stage.call('POST', `/v1/users/${ana}/joins`, { from: other });
  assert.equal(joined.status, 200, JSON.stringify(joined.body));
  assert.deepEqual(
    joined.body.identities.map(({ platform }: { platform: string }) => platform),
    ['console', 'slack'],
  );
  assert.equal((await slack()).userId, ana, 'who writes there is Ana now');
  const { body: all } = await stage.call('GET', '/v1/users');
  assert.ok(!all.users.some(({ id }: { id: string }) => id === other), 'the empty entry is gone');

  const account = joined.body.identities.find(({ platform }: { platform: string }) => platform === 'slack');
  const made = await stage.call('DELETE', `/v1/users/${ana}/identities/${account.id}`);
  assert.deepEqual([made.status, made.body.role, made.body.name], [200, 'member', 'ana.s']);
  assert.equal((await slack()).userId, made.body.id);
  const { body: audit } = await stage.call('GET', '/v1/audit');
  assert.deepEqual(
    audit.entries.slice(0, 2).map(({ what, of }: { what: string; of: object }) => [what, of]),
    [
      ['identity.separated', { user: ana, identity: account.id, made: made.body.id }],
      ['user.joined', { user: ana, from: other }],
    ],
  );
});

test('what would lose rights, secrets or the way to this page is refused with what to do', async (t) => {
  const { stage, ana, other } = await stageOf(t);
  const join = (from: string) => stage.call('POST', `/v1/users/${ana}/joins`, { from });
  assert.equal((await join(ana)).body.code, 'request.invalid');
  assert.equal((await join('nobody')).status, 404);
  await stage.call('PATCH', `/v1/users/${other}`, { role: 'admin' });
  const refused = await join(other);
  assert.deepEqual([refused.status, refused.body.code], [409, 'join.administers']);
  assert.match(refused.body.detail, /the other way round/);
  const { body } = await stage.call('GET', `/v1/users/${ana}`);
  const only = await stage.call('DELETE', `/v1/users/${ana}/identities/${body.identities[0].id}`);
  assert.deepEqual([only.status, only.body.code], [409, 'identity.only']);
  const unknown = await stage.call('DELETE', `/v1/users/${ana}/identities/none`);
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'identity.unknown']);
  await stage.call('PATCH', `/v1/users/${other}`, { role: 'member' });
  await join(other);
  const page = await stage.call('DELETE', `/v1/users/${ana}/identities/${body.identities[0].id}`);
  assert.deepEqual([page.status, page.body.code], [409, 'identity.console']);
});

test('an administrator joins nobody to an owner: whoever holds the account would hold the rights', async (t) => {
  const { stage, other } = await stageOf(t);
  const admin = await stage.addPerson('Admin', 'admin');
  const headers = { authorization: `Bearer ${admin.key}` };
  const to = `/v1/users/${stage.owner.userId}/joins`;
  const refused = await call(stage.url, 'POST', to, { from: other }, headers);
  assert.deepEqual([refused.status, refused.body.code], [403, 'auth.not_allowed']);
});
