import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { openMasterKeySource } from '#core/infra/master-key-file.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { openLog } from '#core/log.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { assertNoTraceOf } from '#core/testing/no-trace.ts';
import { openVault } from '#worker/egress/vault.ts';
import { call, openStage } from './testing/stage.ts';

const value = 'ghp_correct-horse-battery-staple';
const github = { preset: 'github' };
const one = (name: string, where: object = github, text = value) => ({
  secrets: [{ name, value: text, where }],
});

/** The API with an egress beside it that holds the keys. */
async function openSecretStage(t: Releases) {
  let said = '';
  const log = pino({ level: 'trace' }, { write: (line: string) => (said += line) });
  const stage = await openStage(t, { worker: false, log });
  const keys = openMasterKeySource(stage.core.home, { current: undefined, older: [] });
  const vault = openVault({ rows: openVaultRows(stage.core.database), keys, log: openLog('test', 'silent') });
  await vault.publish();
  const workspaceId = (await stage.core.workspaces.of(stage.owner.userId))[0]?.workspaceId ?? '';
  const enter = (input: object, whose = 'you', by = stage.key) =>
    call(stage.url, 'POST', '/v1/secrets', { workspaceId, whose, input }, { authorization: `Bearer ${by}` });
  const own = { 'x-deckhand': '1', 'sec-fetch-site': 'same-origin' };
  /** As a browser without a session does. */
  const stranger = (path: string, body: object) => call(stage.url, 'POST', path, body, own);
  return { stage, vault, enter, stranger, said: () => said };
}

test('I5: on its whole way in a value stands nowhere: no table, file, log or answer', async (t) => {
  const { stage, vault, enter, stranger, said } = await openSecretStage(t);
  const answers: unknown[] = [];
  const keep = <T extends { body: unknown; status: number }>(answer: T, status = 200): T => {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    answers.push(answer.body);
    return answer;
  };
  const everywhere = async () =>
    assertNoTraceOf(value, {
      databaseUrl: stage.core.databaseUrl,
      folders: [stage.core.home],
      texts: { log: said(), answers: JSON.stringify(answers) },
    });
  keep(await enter(one('GITHUB_TOKEN')));
  await everywhere();
  keep(await stage.call('POST', '/v1/secrets/preview', { text: `A=${value}\nB=short` }));
  const paste = { paste: `A=${value}\nexport B="${value}" # mine`, where: { A: github, B: github } };
  keep(await enter(paste, 'workspace'));
  const { path } = keep(await stage.call('POST', '/v1/secret-links', {})).body;
  const token = path.slice('/s/'.length);
  keep(await stranger('/v1/secret-links/preview', { token, text: `C=${value}` }));
  keep(await stranger('/v1/secret-links/spend', { token, input: one('C') }));
  // What is refused, in every way that repeats what it was given elsewhere.
  keep(await enter(one('C', { bindings: [{ hosts: ['*'], put: { as: 'bearer' } }] })), 400);
  keep(await enter(one('not a name')), 400);
  keep(await enter(one('C', github, `${value}\n${value}`)), 400);
  keep(await enter({ paste: `A=${value} \n=${value}\nB="${value}`, where: {} }), 400);
  keep(await stage.call('POST', '/v1/secrets', `{"value": "${value}" oops`), 400);
  keep(await enter({ secrets: [{ name: 'C', value: [value], where: github }] }), 400);
  keep(await stranger('/v1/secret-links/spend', { token, input: one('D') }), 410);
  await everywhere();
  await vault.tidy();
  const listed = keep(await stage.call('GET', '/v1/secrets')).body.secrets;
  await everywhere();
  assert.equal(listed.length, 4);
  for (const { id } of listed) assert.equal(await vault.open(id), value);
  keep(await stage.call('DELETE', `/v1/secrets/${listed[0].id}`));
  keep(await stage.call('DELETE', `/v1/secrets/${listed[0].id}`), 404);
  assert.equal((await stage.call('GET', '/v1/secrets')).body.secrets.length, 3);
  // A failure of ours is logged, with the fault and without what it was about.
  await stage.core.database.pool.query('ALTER TABLE secret RENAME TO secret_away');
  keep(await enter(one('E')), 500);
  await stage.core.database.pool.query('ALTER TABLE secret_away RENAME TO secret');
  assert.match(said(), /relation .*secret.* does not exist.*request failed/);
  await everywhere();
});

test('a secret is shown with where it goes, by whom and when, and is replaced under the same id', async (t) => {
  const { stage, enter } = await openSecretStage(t);
  await enter(one('GITHUB_TOKEN'));
  const [first] = (await stage.call('GET', '/v1/secrets')).body.secrets;
  assert.deepEqual(first.goes, [
    'GET, HEAD to api.github.com, as a bearer token',
    'GET, POST to github.com at /**/info/refs, /**/git-upload-pack, as the password of x-access-token',
  ]);
  assert.deepEqual([first.whose, first.setBy.name, first.usedAt], ['you', 'Owner', null]);
  await enter(one('GITHUB_TOKEN', { bindings: first.bindings }, 'another-value-of-it'));
  const [second] = (await stage.call('GET', '/v1/secrets')).body.secrets;
  assert.deepEqual([second.id, second.version, second.bindings], [first.id, 2, first.bindings]);
});

test('a place that is wrong is said in words, with where it stands', async (t) => {
  const { enter } = await openSecretStage(t);
  const detail = async (where: object) => (await enter(one('A', where))).body.detail;
  assert.match(
    await detail({ preset: 'gitlab', host: 'a b' }),
    /Where A may go: hosts "a b" is not a host\. Right would be/,
  );
  const bearer = { as: 'bearer' };
  assert.match(
    await detail({ bindings: [{ hosts: ['*'], put: bearer }] }),
    /hosts should be .*never bound to all hosts\.$/,
  );
  const framing = { as: 'header', name: 'Host' };
  assert.match(
    await detail({ bindings: [{ hosts: ['a.b'], put: framing }] }),
    /name should not be a header that frames/,
  );
  for (const bindings of [
    [],
    [{}],
    [{ hosts: [], put: bearer }],
    [{ hosts: ['a.b'], put: { as: 'cookie' } }],
  ]) {
    const words = await detail({ bindings });
    assert.match(words, /^Nothing was stored\. Where A may go: /);
    assert.doesNotMatch(words, /undefined|Invalid/, words);
  }
});

test("I5: a member enters their own, never the workspace's, and sees nobody else's", async (t) => {
  const { stage, enter } = await openSecretStage(t);
  const [ana, ben, eve] = [
    await stage.addPerson('ana', 'member'),
    await stage.addPerson('ben', 'member'),
    await stage.addPerson('eve', 'viewer'),
  ] as const;
  const as = (key: string, method: string, path: string, body?: object) =>
    call(stage.url, method, path, body, { authorization: `Bearer ${key}` });
  assert.equal((await enter(one('MINE'), 'you', ana.key)).status, 200);
  assert.equal((await enter(one('SHARED'), 'workspace', ana.key)).status, 403);
  assert.equal((await enter(one('MINE'), 'you', eve.key)).status, 403);
  assert.equal((await enter(one('SHARED'), 'workspace')).status, 200);
  const names = async (key: string) =>
    (await as(key, 'GET', '/v1/secrets')).body.secrets.map(({ name }: { name: string }) => name);
  assert.deepEqual(
    [await names(ana.key), await names(ben.key), await names(stage.key)],
    [['MINE', 'SHARED'], ['SHARED'], ['SHARED']],
  );
  const secrets = (await as(ana.key, 'GET', '/v1/secrets')).body.secrets;
  const [mine, shared] = secrets.map(({ id }: { id: string }) => `/v1/secrets/${id}`);
  assert.equal((await as(ben.key, 'DELETE', mine)).status, 404);
  assert.equal((await as(stage.key, 'DELETE', mine)).status, 404);
  assert.equal((await as(ana.key, 'DELETE', shared)).status, 403);
  assert.equal((await as(ana.key, 'DELETE', mine)).status, 200);
  assert.equal((await as(ana.key, 'GET', '/v1/secrets/keys')).status, 403);
  assert.equal((await call(stage.url, 'GET', '/v1/secrets', undefined, {})).status, 401);
});

test('a link works without signing in, for its person only, once, and says whose it is', async (t) => {
  const { stage, stranger } = await openSecretStage(t);
  const ana = await stage.addPerson('ana', 'member');
  const made = await call(stage.url, 'POST', '/v1/secret-links', {}, { authorization: `Bearer ${ana.key}` });
  const token = made.body.path.slice('/s/'.length);
  assert.ok(Date.parse(made.body.expiresAt) - Date.now() <= 15 * 60_000);
  const seen = (await stranger('/v1/secret-links/look', { token })).body;
  assert.deepEqual([seen.person, seen.presets.length], ['ana', 4]);
  assert.equal((await stranger('/v1/secret-links/spend', { token, input: one('not a name') })).status, 400);
  const spend = () => stranger('/v1/secret-links/spend', { token, input: one('A') });
  const both = await Promise.all([spend(), spend()]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 410]);
  assert.equal((await stranger('/v1/secret-links/look', { token })).status, 410);
  const listed = await stage.core.secrets.list({
    workspace: (await stage.core.workspaces.of(ana.user.userId))[0]?.workspaceId ?? '',
    user: ana.user.userId,
  });
  assert.deepEqual(
    listed.map(({ name, setBy }) => [name, setBy.name]),
    [['A', 'ana']],
  );
  const elsewhere = { 'x-deckhand': '1', 'sec-fetch-site': 'cross-site' };
  const forged = await call(
    stage.url,
    'POST',
    '/v1/secret-links/spend',
    { token, input: one('A') },
    elsewhere,
  );
  assert.equal(forged.status, 403);
});

test('without egress nothing is taken, and it says why', async (t) => {
  const stage = await openStage(t, { worker: false });
  const workspaceId = (await stage.core.workspaces.of(stage.owner.userId))[0]?.workspaceId;
  const refused = await stage.call('POST', '/v1/secrets', { workspaceId, input: one('A') });
  assert.deepEqual([refused.status, refused.body.code], [503, 'secret_no_egress']);
});

test('the document of the API describes the routes of secrets and policies', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { body } = await stage.call('GET', '/v1/openapi.json');
  for (const path of [
    '/v1/secrets',
    '/v1/secret-links/spend',
    '/v1/policies/{layer}',
    '/v1/policy-proposals',
  ]) {
    assert.ok(body.paths[path], path);
  }
});
