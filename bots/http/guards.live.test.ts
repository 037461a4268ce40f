import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { DeckhandError } from '#core/errors.ts';
import { openLog } from '#core/log.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { createHttpServer } from './server.ts';
import { call, openStage, type Stage } from './testing/stage.ts';

/** Signs in as a browser would and gives its cookie. */
async function cookieOf(stage: Stage): Promise<string> {
  const token = await stage.core.credentials.createSignInLink(stage.owner.userId, 60_000);
  const answer = await call(stage.url, 'POST', '/v1/sign-in', { token }, ownPage);
  assert.equal(answer.status, 200);
  const cookie = answer.headers.get('set-cookie') ?? '';
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /SameSite=Strict/);
  return cookie.split(';')[0] ?? '';
}

const ownPage = { 'x-deckhand': '1', 'sec-fetch-site': 'same-origin' };

test('whoever is not signed in is told so, with the way in', async (t) => {
  const { url } = await openStage(t, { worker: false });
  for (const [method, path] of [
    ['GET', '/v1/me'],
    ['GET', '/v1/threads'],
    ['GET', '/v1/sessions'],
    ['GET', '/v1/approvals'],
  ] as const) {
    const { status, body } = await call(url, method, path, undefined, {});
    assert.equal(status, 401, path);
    assert.equal(body.code, 'auth.required');
    assert.match(body.detail, /sign-in/);
  }
  const refused = await call(url, 'GET', '/v1/me', undefined, { authorization: 'Bearer dhk_guess' });
  assert.equal(refused.body.code, 'auth.refused');
  const health = await call(url, 'GET', '/v1/health', undefined, {});
  assert.deepEqual([health.status, health.body.ok, health.body.checks], [200, true, []]);
});

test('a sign-in link is spent by the button, once, and not by opening it', async (t) => {
  const stage = await openStage(t, { worker: false });
  const token = await stage.core.credentials.createSignInLink(stage.owner.userId, 60_000);
  for (let preview = 0; preview < 3; preview += 1) {
    assert.equal((await call(stage.url, 'GET', `/sign-in?token=${token}`, undefined, {})).status, 200);
  }
  assert.equal((await call(stage.url, 'POST', '/v1/sign-in', { token }, ownPage)).status, 200);
  const again = await call(stage.url, 'POST', '/v1/sign-in', { token }, ownPage);
  assert.deepEqual([again.status, again.body.code], [401, 'auth.link_spent']);
});

test('a cookie alone changes nothing: requests of other sites are refused', async (t) => {
  const stage = await openStage(t, { worker: false });
  const cookie = await cookieOf(stage);
  const post = (headers: Record<string, string>) =>
    call(stage.url, 'POST', '/v1/threads', { text: 'hello' }, { cookie, ...headers });
  const host = new URL(stage.url).host;
  assert.equal((await post({})).status, 403);
  assert.equal((await post({ 'x-deckhand': '1' })).status, 403);
  assert.equal((await post({ 'x-deckhand': '1', 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await post({ 'x-deckhand': '1', 'sec-fetch-site': 'same-site' })).status, 403);
  assert.equal((await post({ 'x-deckhand': '1', origin: 'http://evil.example' })).status, 403);
  assert.equal((await post({ 'sec-fetch-site': 'same-origin' })).status, 403);
  assert.equal((await post({ 'x-deckhand': '1', origin: `http://${host}` })).status, 200);
  assert.equal((await post(ownPage)).status, 200);
  await call(stage.url, 'POST', '/v1/sign-out', {}, { cookie, ...ownPage });
  assert.equal((await call(stage.url, 'GET', '/v1/me', undefined, { cookie })).status, 401);
});

test('a name that was re-bound to this address is not answered', async (t) => {
  const { url } = await openStage(t, { worker: false });
  const { port } = new URL(url);
  assert.equal(await statusUnder(port, `evil.example:${port}`), 421);
  assert.equal(await statusUnder(port, 'localhost.evil.example'), 421);
  assert.equal(await statusUnder(port, `localhost:${port}`), 200);
  assert.equal(await statusUnder(port, `[::1]:${port}`), 200);
  assert.equal(await statusUnder(port, `192.168.1.20:${port}`), 200);
});

/** `fetch` does not let one choose the Host header. */
async function statusUnder(port: string, host: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path: '/v1/health', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asking.on('error', reject);
    asking.end();
  });
}

test('a viewer reads, and neither asks, decides nor stops', async (t) => {
  const stage = await openStage(t, { worker: false });
  const posted = await stage.call('POST', '/v1/threads', { text: 'hello' });
  const { key } = await stage.addPerson('vera', 'viewer');
  const as = (method: string, path: string, body?: unknown) =>
    call(stage.url, method, path, body, { authorization: `Bearer ${key}` });
  const path = `/v1/threads/${posted.body.thread}`;
  assert.equal((await as('GET', path)).status, 200);
  assert.equal((await as('POST', `${path}/messages`, { text: 'hi' })).status, 403);
  assert.equal((await as('POST', '/v1/approvals/apr_1/decide', { grant: true, revision: 1 })).status, 403);
  const { turnId } = posted.body.message.content.outcome;
  assert.equal((await as('POST', `/v1/turns/${turnId}/stop`, {})).status, 403);
  assert.equal((await as('POST', '/v1/files?name=a.txt', 'x')).status, 403);
});

test("another's platform thread, unsent file and unknown ids are not found rather than forbidden", async (t) => {
  const stage = await openStage(t, { worker: false });
  const file = await stage.call('POST', '/v1/files?name=plan.txt', 'secret plan');
  const slack = await slackSession(stage);
  const { key } = await stage.addPerson('ben', 'member');
  const as = (path: string) => call(stage.url, 'GET', path, undefined, { authorization: `Bearer ${key}` });
  for (const path of [
    `/v1/files/${file.body.id}`,
    `/v1/sessions/${slack.sessionId}`,
    `/v1/sessions/${slack.sessionId}/events`,
    `/v1/turns/${slack.turnId}`,
    '/v1/sessions/ses_none',
    '/v1/threads/thr_none',
    '/v1/nothing',
  ]) {
    assert.equal((await as(path)).status, 404, path);
  }
  assert.equal((await as('/v1/sessions')).body.sessions.length, 0);
  assert.equal(
    (await stage.call('GET', `/v1/sessions/${slack.sessionId}`)).status,
    200,
    'the owner sees all',
  );
});

async function slackSession({ core }: Stage) {
  const workspace = { externalId: 'T1', name: 'Team' };
  const cem = await core.identities.resolve('slack', workspace, { id: 'U1', name: 'cem' });
  const submitted = await core.turns.submit({
    thread: { platform: 'slack', workspace: 'T1', channel: 'C1', thread: '1.2' },
    workspaceId: cem.workspaceId,
    author: { userId: cem.userId, name: 'cem' },
    eventId: 'T1/C1/1.2',
    text: 'private',
    files: [],
    sentAt: new Date().toISOString(),
    opens: true,
    maxQueued: 10,
  });
  assert.equal(submitted.kind, 'accepted');
  return submitted as Extract<typeof submitted, { sessionId: string }>;
}

test('a file is taken up to its limit, keeps its content, and belongs to its sender', async (t) => {
  const stage = await openStage(t, { worker: false });
  const sent = await stage.call('POST', '/v1/files?name=..%2F%22x%22%0d%0aSet-Cookie:a.txt', 'content', {
    'content-type': 'text/plain',
  });
  assert.equal(sent.status, 200);
  const got = await stage.call('GET', `/v1/files/${sent.body.id}`);
  assert.equal(got.body, 'content');
  assert.equal(got.headers.get('set-cookie'), null);
  assert.equal((await stage.call('POST', '/v1/files?name=a', 'x'.repeat(1024 * 1024 + 1))).status, 413);
  const { key } = await stage.addPerson('ben', 'member');
  const stolen = await call(
    stage.url,
    'POST',
    '/v1/threads',
    { text: 'look', files: [sent.body.id] },
    { authorization: `Bearer ${key}` },
  );
  assert.equal(stolen.status, 404);
});

test('a request that does not fit is refused with what does not fit; every answer carries the safe headers', async (t) => {
  const stage = await openStage(t, { worker: false });
  const wrong = await stage.call('POST', '/v1/threads', { text: 5 });
  assert.deepEqual([wrong.status, wrong.body.code], [400, 'request.invalid']);
  assert.match(wrong.body.detail, /text/);
  assert.equal(wrong.headers.get('content-type'), 'application/problem+json');
  assert.equal((await stage.call('POST', '/v1/threads', 'no json')).status, 400);
  for (const path of ['/', '/f/now/app.js', '/v1/me', '/v1/nothing']) {
    const { headers } = await stage.call('GET', path);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
  const { body } = await stage.call('GET', '/v1/openapi.json');
  assert.equal(body.openapi, '3.1.0');
  assert.ok(body.paths['/v1/threads/{thread}/stream']);
});

test('a port that is taken is named, with what to do about it', async (t) => {
  const stage = await openStage(t, { worker: false });
  const second = await createHttpServer({ ...stage.deps, log: openLog('test', 'silent') });
  await assert.rejects(
    () => second.listen(Number(new URL(stage.url).port), '127.0.0.1'),
    (fault) =>
      fault instanceof DeckhandError &&
      fault.code === 'http.port_taken' &&
      /DECKHAND_PORT/.test(fault.message),
  );
});

test('the page costs less than 150 kB of script on its way', async (t: Releases) => {
  const stage = await openStage(t, { worker: false });
  const index = await stage.call('GET', '/');
  const script = /src="([^"]+\.js)"/.exec(String(index.body))?.[1] ?? '';
  const { headers, status } = await stage.call('GET', script, undefined, { 'accept-encoding': 'gzip' });
  assert.equal(status, 200);
  const bytes = Number(headers.get('content-length'));
  assert.ok(bytes > 30_000 && bytes < 150_000, `${bytes} bytes`);
});
