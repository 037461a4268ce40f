import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '#core/audit/ports.ts';
import { call, openStage, type Stage } from './testing/stage.ts';

const as = (stage: Stage, key: string) => (method: string, path: string, body?: unknown) =>
  call(stage.url, method, path, body, { authorization: `Bearer ${key}` });

/** A browser that has signed in by whatever `answer` came from. */
const browserOf = (stage: Stage, cookie: string) => (method: string, path: string, body?: unknown) =>
  call(stage.url, method, path, body, { cookie, 'x-deckhand': '1', 'sec-fetch-site': 'same-origin' });

test('a key is shown once, tells when it was used, and stops at its limit, its end and its revocation', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { body: made } = await stage.call('POST', '/v1/keys', {
    ...{ name: 'reporting', scopes: ['read'], perMinute: 3, days: 1 },
  });
  assert.match(made.key, /^dhk_/);
  assert.equal(made.facts.hint, made.key.slice(-4));
  const program = as(stage, made.key);
  assert.equal((await program('POST', '/v1/threads', { text: 'hi' })).body.code, 'auth.scope');
  assert.equal((await program('GET', '/v1/me')).status, 200);
  const listed = await stage.call('GET', '/v1/keys');
  assert.ok(!JSON.stringify(listed.body).includes(made.key), 'no list has the key itself');
  const [known] = listed.body.keys;
  assert.deepEqual([known.name, known.scopes, known.perMinute], ['reporting', ['read'], 3]);
  assert.ok(known.usedAt && known.expiresAt);

  const answers = [await program('GET', '/v1/me'), await program('GET', '/v1/me')];
  const stopped = answers.at(-1);
  assert.equal(stopped?.status, 429);
  assert.match(stopped?.headers.get('retry-after') ?? '', /^\d+$/);

  const short = await stage.core.credentials.createApiKey(stage.owner.userId, 'past', {
    ...{ scopes: ['read'], perMinute: null, expiresAt: new Date(Date.now() - 1).toISOString() },
  });
  assert.equal((await as(stage, short)('GET', '/v1/me')).status, 401);
  assert.equal((await stage.call('DELETE', `/v1/keys/${made.facts.id}`)).status, 200);
  assert.equal((await program('GET', '/v1/me')).status, 401);
});

test('nobody sees or ends the keys of others, but for administrators', async (t) => {
  const stage = await openStage(t, { worker: false });
  const ben = await stage.addPerson('Ben', 'member');
  const member = as(stage, ben.key);
  const [owners] = (await stage.call('GET', '/v1/keys')).body.keys;
  assert.equal((await member('DELETE', `/v1/keys/${owners.id}`)).status, 404);
  assert.equal((await member('GET', '/v1/keys?all=true')).status, 403);
  const [bens] = (await member('GET', '/v1/keys')).body.keys;
  assert.equal((await stage.call('DELETE', `/v1/keys/${bens.id}`)).status, 200);
  assert.equal((await member('GET', '/v1/me')).status, 401);
});

test('people are invited by a link, given roles, and the last owner stays one', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { body } = await stage.call('POST', '/v1/users', { name: 'Ana', role: 'admin' });
  const token = new URL(body.link.path, stage.url).searchParams.get('token');
  const own = { 'x-deckhand': '1', 'sec-fetch-site': 'same-origin' };
  const signedIn = await call(stage.url, 'POST', '/v1/sign-in', { token }, own);
  const ana = browserOf(stage, signedIn.headers.get('set-cookie')?.split(';')[0] ?? '');
  assert.equal((await ana('GET', '/v1/me')).body.role, 'admin');

  const { userId } = stage.owner;
  for (const [path, asked] of [
    [`/v1/users/${userId}`, { role: 'viewer' }],
    [`/v1/users/${body.user.id}`, { role: 'owner' }],
  ] as const) {
    assert.equal((await ana('PATCH', path, asked)).body.code, 'auth.not_allowed');
  }
  assert.equal((await ana('POST', `/v1/users/${userId}/sign-in-links`, {})).body.code, 'auth.not_allowed');
  assert.equal(
    (await stage.call('PATCH', `/v1/users/${userId}`, { role: 'admin' })).body.code,
    'user.last_owner',
  );
  assert.equal(
    (await stage.call('PATCH', `/v1/users/${body.user.id}`, { role: 'owner' })).body.role,
    'owner',
  );
  assert.equal((await ana('PATCH', `/v1/users/${userId}`, { role: 'admin' })).body.role, 'admin');
  const { users } = (await ana('GET', '/v1/users')).body;
  assert.deepEqual(
    users.map(({ name, role }: { name: string; role: string }) => [name, role]),
    [
      ['Ana', 'owner'],
      ['Owner', 'admin'],
    ],
  );
});

test('a password signs in, wrong ones lock the account for a while, and a new one signs other browsers out', async (t) => {
  const stage = await openStage(t, { worker: false });
  const password = 'correct horse battery';
  const set = (word: string) => stage.call('PUT', '/v1/me/account', { login: 'Ana', password: word });
  assert.equal((await set('too short')).status, 400);
  assert.equal((await set(password)).body.login, 'ana');
  const own = { 'x-deckhand': '1', 'sec-fetch-site': 'same-origin' };
  const signIn = (login: string, word: string) =>
    call(stage.url, 'POST', '/v1/sign-in/password', { login, password: word }, own);

  const first = await signIn('ANA', password);
  assert.equal(first.status, 200);
  const browser = browserOf(stage, first.headers.get('set-cookie')?.split(';')[0] ?? '');
  const { signIns } = (await browser('GET', '/v1/me/sign-ins')).body;
  assert.deepEqual(
    signIns.map(({ current }: { current: boolean }) => current),
    [true],
  );
  assert.equal((await signIn('nobody', password)).body.code, 'auth.wrong');
  for (let tries = 0; tries < 4; tries += 1)
    assert.equal((await signIn('ana', 'wrong')).body.code, 'auth.wrong');
  assert.equal((await signIn('ana', 'wrong')).body.code, 'auth.locked');
  const locked = await signIn('ana', password);
  assert.equal(locked.status, 429, 'the right one does not open it either');
  assert.match(locked.headers.get('retry-after') ?? '', /^\d+$/);

  await set('another long password');
  assert.equal((await browser('GET', '/v1/me')).status, 401);
  assert.equal((await signIn('ana', 'another long password')).status, 200);
});

test("an administrator sets how much of the platform is a person's, and what cannot be is refused", async (t) => {
  const stage = await openStage(t, { worker: false });
  const ben = await stage.addPerson('Ben', 'member');
  const { users } = (await stage.call('GET', '/v1/users')).body;
  const { id, share } = users.find(({ name }: { name: string }) => name === 'Ben');
  assert.deepEqual(share, { turnsAtOnce: 4, weight: 1 });
  const wanted = { turnsAtOnce: 8, weight: 3 };
  const set = (body: object) => stage.call('PUT', `/v1/users/${id}/share`, body);
  assert.equal((await as(stage, ben.key)('PUT', `/v1/users/${id}/share`, wanted)).status, 403);
  assert.equal((await set({ turnsAtOnce: 0, weight: 3 })).status, 400);
  assert.equal((await set({ turnsAtOnce: 8, weight: 11 })).status, 400);
  assert.deepEqual((await set(wanted)).body.share, wanted);
  assert.deepEqual((await stage.call('GET', `/v1/users/${id}`)).body.share, wanted);
});

test('the audit log tells who did what and what was refused, is verified, and cannot be changed unseen', async (t) => {
  const stage = await openStage(t, { worker: false });
  const ben = await stage.addPerson('Ben', 'member');
  const invited = await stage.call('POST', '/v1/users', { name: 'Ana' });
  const asked = await as(stage, ben.key)('POST', '/v1/users', { name: 'Eve', role: 'owner' });
  assert.equal(asked.status, 403);
  await stage.call('PATCH', `/v1/users/${invited.body.user.id}`, { role: 'viewer' });
  const { entries } = (await stage.call('GET', '/v1/audit')).body;
  const told = entries.map(({ n, by, what, status, code, of }: AuditEntry & { n: number }) => ({
    ...{ n, by: by?.name, what, status, code, of },
  }));
  const user = invited.body.user.id;
  assert.deepEqual(told, [
    {
      n: 3,
      by: 'Owner',
      what: 'user.role_given',
      status: 200,
      code: null,
      of: { user, from: 'member', to: 'viewer' },
    },
    { n: 2, by: 'Ben', what: 'user.invited', status: 403, code: 'auth.not_allowed', of: {} },
    { n: 1, by: 'Owner', what: 'user.invited', status: 200, code: null, of: { user, role: 'member' } },
  ]);
  const verdict = async () => (await stage.call('GET', '/v1/audit/verification')).body;
  assert.deepEqual(((v) => [v.ok, v.entries])(await verdict()), [true, 3]);

  const { pool } = stage.core.database;
  await assert.rejects(pool.query(`UPDATE audit SET body = '{}' WHERE n = 2`), { code: 'DH014' });
  await pool.query('ALTER TABLE audit DISABLE TRIGGER audit_is_kept');
  await pool.query(`UPDATE audit SET body = replace(body, 'Ben', 'Eve') WHERE n = 2`);
  const { ok, fault } = await verdict();
  assert.deepEqual([ok, fault.n], [false, 2]);
});

test('a member proposes a template, its owner sees what it changes, and applies it once', async (t) => {
  const stage = await openStage(t, { worker: false });
  const ben = await stage.addPerson('Ben', 'member');
  const text = 'format: 1\ninstructions: Answer in verse.\n';
  const member = as(stage, ben.key);
  const { body: proposal } = await member('POST', '/v1/template-proposals', {
    ...{ layer: 'workspace', name: 'assistant', text, why: 'verse is better' },
  });
  assert.equal(proposal.mayDecide, false, JSON.stringify(proposal));
  const path = `/v1/template-proposals/${proposal.id}`;
  assert.equal((await member('POST', `${path}/apply`)).status, 403);
  const { body: diff } = await stage.call('GET', `${path}/diff`);
  assert.deepEqual([diff.in, diff.out], [2, 0]);
  const applied = await stage.call('POST', `${path}/apply`);
  assert.deepEqual([applied.body.state, applied.body.appliedVersion], ['applied', 1]);
  assert.equal((await stage.call('POST', `${path}/apply`)).status, 409);

  const { body: late } = await member('POST', '/v1/template-proposals', {
    ...{ layer: 'workspace', name: 'assistant', text: 'format: 1\n', why: 'or not' },
  });
  const save = await stage.call('PUT', '/v1/templates/assistant', {
    layer: 'workspace',
    text: `${text}# new\n`,
  });
  assert.equal(save.body.version, 2);
  const tooLate = await stage.call('POST', `/v1/template-proposals/${late.id}/apply`);
  assert.equal(tooLate.body.code, 'template.changed');
  const reverted = await stage.call('POST', '/v1/templates/assistant/revert', {
    layer: 'workspace',
    version: 1,
  });
  assert.equal(reverted.body.version, 3);
  const back = await stage.call('GET', '/v1/templates/assistant/diff?layer=workspace&from=1');
  assert.deepEqual([back.body.in, back.body.out], [0, 0]);
});

test('figures are for keys that may read; readiness is for everybody', async (t) => {
  const stage = await openStage(t);
  assert.equal((await call(stage.url, 'GET', '/metrics', undefined, {})).status, 401);
  assert.deepEqual((await call(stage.url, 'GET', '/v1/ready', undefined, {})).body, { ready: true });
  const { body } = await stage.call('GET', '/metrics');
  for (const line of [
    /^deckhand_turns\{state="queued"\} 0$/m,
    /^deckhand_http_request_seconds_count\{.*route="\/v1\/ready"/m,
  ]) {
    assert.match(body, line);
  }
  const { body: settings } = await stage.call('GET', '/v1/settings');
  const master = settings.settings.find(({ name }: { name: string }) => name === 'DECKHAND_MASTER_KEY');
  assert.equal(master, undefined, 'what is for egress alone is not told');
  assert.equal((await stage.call('GET', '/v1/load')).body.hours.length, 24);
});
