import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openStage } from '#bots/http/testing/stage.ts';
import type { LogEvent } from '#core/events/types.ts';
import { until } from '#core/testing/until.ts';
import { httpsOrigin, worldRoot } from '#worker/egress/testing/origin.ts';
import { openDoorStage } from '#worker/testing/door-stage.ts';
import { loginHost, startOAuthServer, toolHost } from './testing/oauth-server.ts';

const server = await startOAuthServer({ after });
/** A tool server that sends people to places where nobody should be sent. */
let papers: (path: string) => { status: number; body?: unknown; location?: string } = () => ({ status: 404 });
const crooked = await httpsOrigin((asked, answer) => {
  const { status, body, location } = papers(asked.url ?? '');
  answer.writeHead(status, { 'content-type': 'application/json', ...(location ? { location } : {}) });
  answer.end(JSON.stringify(body ?? {}));
});
after(() => crooked.close());
const crookedUrl = `https://crooked.test:${crooked.port}`;
const policy = `format: 1
preset: allowlist
ranges: { here: 127.0.0.0/8 }
rules:
  - { effect: allow, host: ${toolHost}, ports: ${server.port}, ranges: here }
  - { effect: allow, host: ${loginHost}, ports: ${server.port}, ranges: here }
  - { effect: allow, host: crooked.test, ports: ${crooked.port}, ranges: here }
  - { effect: ask, host: asked.test, ranges: here }
  - { effect: deny, host: denied.test }
`;
const stage = await openDoorStage({ after }, { policy, roots: [worldRoot] });
const { core } = stage;
const http = await openStage({ after }, { core, worker: false });
await core.templates.save(
  { layer: 'system', ownerId: '', name: 'assistant' },
  `format: 1
mcp:
  tickets: { url: "${server.url}", secret: TICKETS, sign_in: true, approval: never }
  crooked: { url: "${crookedUrl}/mcp", secret: CROOKED, sign_in: true, approval: never }
`,
  { workspaceId: '', userId: http.owner.userId },
);

const headers = { 'x-deckhand': '1', 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };

/** A browser in which nobody has signed in to the page: it keeps cookies, and goes where it is sent. */
function openBrowser() {
  let cookie = '';
  return {
    post: async (path: string, body: object) => {
      const request = { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify(body) };
      const answer = await fetch(`${http.url}/v1/tool-sign-ins${path}`, request);
      cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
      // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came and asserts on it
      return { status: answer.status, body: (await answer.json()) as any };
    },
  };
}
type Browser = ReturnType<typeof openBrowser>;

async function keyOf(name: string): Promise<string> {
  const local = { externalId: 'local', name: 'local' };
  const { userId } = await core.identities.resolve('console', local, { id: name, name });
  return core.credentials.createApiKey(userId, 'test');
}

async function tokenFor(name: string, sessionId: string, at = 'tickets'): Promise<string> {
  const by = { authorization: `Bearer ${await keyOf(name)}` };
  const made = await http.call('POST', '/v1/tool-sign-ins', { session: sessionId, server: at }, by);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return made.body.path.slice('/l/'.length);
}

/** Opens the link and agrees at the authorization server; gives what the browser is sent back with. */
async function agree(browser: Browser, token: string): Promise<{ state: string; code: string }> {
  const begun = await browser.post('/begin', { token });
  assert.equal(begun.status, 200, JSON.stringify(begun.body));
  assert.equal(begun.body.at, `${loginHost}:${server.port}`);
  const asked = new URL(begun.body.authorizeUrl);
  assert.equal(asked.searchParams.get('code_challenge_method'), 'S256');
  assert.equal(asked.searchParams.get('resource'), server.url);
  return back(asked);
}

/** What a person's browser does there, without names and TLS of the test world. */
async function back(asked: URL): Promise<{ state: string; code: string }> {
  const { request } = await import('node:https');
  const location = await new Promise<string>((resolve, reject) => {
    const { port } = server;
    const { host, hostname: servername, pathname, search } = asked;
    request(
      { host: '127.0.0.1', port, servername, path: pathname + search, headers: { host }, ca: worldRoot },
      (answer) => {
        answer.resume();
        resolve(answer.headers.location ?? `nowhere: ${answer.statusCode}`);
      },
    )
      .on('error', reject)
      .end();
  });
  const url = new URL(location);
  assert.equal(url.origin + url.pathname, 'http://page/oauth/callback');
  return { state: url.searchParams.get('state') ?? '', code: url.searchParams.get('code') ?? '' };
}

/** Signs in, in a browser of one's own. */
async function signIn(name: string, sessionId: string): Promise<void> {
  const browser = openBrowser();
  const brought = await agree(browser, await tokenFor(name, sessionId));
  const done = await browser.post('/return', brought);
  assert.deepEqual(done, { status: 200, body: { server: 'tickets' } });
}

async function asks(thread: string, text: string, by = 'ana') {
  const { turnId, sessionId } = await stage.ask(thread, text, by);
  const document = await stage.ended(turnId);
  const events = await core.sessions.turnEvents(turnId);
  const started = events.find(
    (one): one is Extract<LogEvent, { type: 'turn.started' }> => one.type === 'turn.started',
  );
  return { sessionId, turnId, answer: document.answer ?? '', told: started?.body.harness.instructions ?? '' };
}

const noticesIn = async (sessionId: string) =>
  (
    await core.database.pool.query<{ text: string }>(
      'SELECT n.text FROM notice n JOIN session s ON s.thread_ref = n.thread_ref WHERE s.id = $1',
      [sessionId],
    )
  ).rows.map(({ text }) => text);

const use = 'use tickets__whoami {}';

test('somebody who has not signed in is told in the thread how, and their turn goes on without the server', async () => {
  const { sessionId, told } = await asks('first', 'hello');
  assert.match(told, /tickets: it is not there: the person who asks has not signed in there yet/);
  const notices = await noticesIn(sessionId);
  assert.ok(
    notices.some((text) => /ana, I cannot use \*\*tickets\*\* for you.*\/signin tickets/.test(text)),
    notices.join(),
  );
});

test('a person signs in by a link, and from then on the door puts their token on; nobody else has it (I5)', async () => {
  const { sessionId } = await asks('first', 'hello again');
  await signIn('ana', sessionId);
  const { answer } = await asks('first', use);
  assert.match(answer, /signed in; your token is/);
  const [token = ''] = server.callers;
  assert.match(token, /^acc_/, 'the server got the token itself');
  const { rows } = await core.database.pool.query<{ dump: string }>(
    `SELECT (SELECT json_agg(s)::text FROM sign_in s) || (SELECT json_agg(g)::text FROM sign_in_grant g)
       || (SELECT json_agg(c)::text FROM secret c) || (SELECT json_agg(e)::text FROM event e)
       || (SELECT json_agg(a)::text FROM audit a) AS dump`,
  );
  const everywhere = JSON.stringify([stage.said(), rows]);
  assert.ok(everywhere.includes('TICKETS'), 'the places that are searched hold something');
  for (const secret of server.given)
    assert.equal(everywhere.includes(secret), false, `I5: ${secret.slice(0, 4)}`);
  const shell = await asks(
    'first',
    `$ curl -s -o /dev/null -w '%{http_code}' -X POST ${server.url}; curl -s -X POST -H "authorization: Bearer $TICKETS" ${server.url}`,
  );
  assert.match(shell.answer, /401/, 'a command is not signed in');
  assert.match(shell.answer, /It goes on calls of tools, not on what is sent from here/);
  const other = await asks('bens', 'hello', 'ben');
  assert.match(other.told, /tickets: it is not there: the person who asks has not signed in/);
});

test('what was begun in one browser is not ended in another, and a link serves its person alone', async () => {
  const { sessionId } = await asks('bens', 'hello', 'ben');
  const token = await tokenFor('ben', sessionId);
  const browser = openBrowser();
  const brought = await agree(browser, token);
  // As when somebody sends another person the address of the authorization server.
  const victim = await openBrowser().post('/return', brought);
  assert.deepEqual([victim.status, victim.body.code], [410, 'sign_in_link_spent']);
  const invented = await browser.post('/return', { ...brought, state: 'another state' });
  assert.equal(invented.status, 410);
  const anas = await http.call(
    'POST',
    '/v1/tool-sign-ins/look',
    { token },
    { authorization: `Bearer ${await keyOf('ana')}` },
  );
  assert.equal(anas.status, 410);
  // Begun anew, what the first beginning brought back counts no more.
  const second = await agree(browser, token);
  assert.equal((await browser.post('/return', brought)).status, 410);
  assert.equal((await browser.post('/return', second)).status, 200);
  assert.equal((await browser.post('/return', second)).status, 410, 'once');
  assert.equal((await browser.post('/look', { token })).status, 410, 'the link is spent with it');
});

test('an answer that speaks for another authorization server is refused, and so is a code that is not one', async () => {
  const { sessionId } = await asks('mixed', 'hello', 'cleo');
  const browser = openBrowser();
  const token = await tokenFor('cleo', sessionId);
  const mixed = await browser.post('/return', { ...(await agree(browser, token)), iss: 'https://evil.test' });
  assert.deepEqual([mixed.status, mixed.body.code], [422, 'sign_in_failed']);
  assert.match(mixed.body.detail, /from another place than the one that was asked/);
  const wrong = await browser.post('/return', { ...(await agree(browser, token)), code: 'code_of_somebody' });
  assert.match(wrong.body.detail, /the server there says invalid_grant: no such code/);
  const no = await browser.post('/return', {
    state: (await agree(browser, token)).state,
    error: 'access_denied',
  });
  assert.match(no.body.detail, /You did not allow it, so nothing has changed/);
});

test('a token that has run out is renewed by egress, once, however many use it', async () => {
  server.revokeAll();
  server.lifeS = 1;
  const { sessionId } = await asks('short', 'hello', 'dora');
  await signIn('dora', sessionId);
  await until(async () => server.holding() === 0 || null, 'the token to run out');
  const before = server.callers.length;
  server.lifeS = 3600;
  await Promise.all(['short', 'short2', 'short3'].map((thread) => asks(thread, use, 'dora')));
  assert.equal(server.callers.length - before, 3);
  assert.equal(server.renewals, 1, 'one renewal for all');
  assert.equal(server.reused, 0, 'no refresh token was shown twice');
});

test('an authorization server that says nothing holds up the calls of its tools, and nothing else', async () => {
  await core.database.pool.query(
    `UPDATE sign_in_grant SET expires_at = now(), renewed_at = now() - interval '1 hour'`,
  );
  server.silent = true;
  const { answer } = await asks(
    'short',
    `$ curl -s -m 6 -o /dev/null -w '%{http_code}' ${crookedUrl}/`,
    'dora',
  );
  assert.match(answer, /404/);
  server.silent = false;
  assert.match((await asks('short', use, 'dora')).answer, /signed in/);
});

test('a sign-in that was revoked is told in the thread, and signing in anew mends it', async () => {
  const { sessionId } = await asks('short', 'hello', 'dora');
  server.revokeAll();
  // As it is when it was renewed a while ago.
  await core.database.pool.query(`UPDATE sign_in_grant SET renewed_at = now() - interval '1 hour'`);
  await core.database.pool.query(`DELETE FROM notice WHERE key LIKE 'sign-in:%'`);
  const { answer } = await asks('short', use, 'dora');
  assert.match(answer, /the sign-in at tickets does not hold any more \(it has expired or was revoked\)/);
  assert.match(answer, /Nothing was done/);
  assert.equal((await noticesIn(sessionId)).filter((text) => /dora.*signin tickets/.test(text)).length, 1);
  await signIn('dora', sessionId);
  assert.match((await asks('short', use, 'dora')).answer, /signed in/);
});

test('metadata that points inwards, to plain http, to a denied host, elsewhere or to nobody leads nowhere', async () => {
  const { sessionId } = await asks('crooked', 'hello');
  const browser = openBrowser();
  const token = await tokenFor('ana', sessionId, 'crooked');
  const looked = stage.looked.length;
  const resource = (servers: string[]) => (path: string) =>
    path.startsWith('/.well-known/oauth-protected-resource')
      ? { status: 200, body: { resource: `${crookedUrl}/mcp`, authorization_servers: servers } }
      : { status: 404 };
  const words = async (next: typeof papers) => {
    papers = next;
    const { status, body } = await browser.post('/begin', { token });
    assert.deepEqual([status, body.code], [422, 'sign_in_failed'], JSON.stringify(body));
    return body.detail as string;
  };
  assert.match(
    await words(resource(['https://inside.test'])),
    /inside.test \(127.0.0.1\) is not a public address/,
  );
  assert.match(
    await words(resource([`https://asked.test:${crooked.port}`])),
    /asked.test \(127.0.0.1\) is not a public address/,
    'nobody is asked, so nothing inside is reached',
  );
  assert.match(await words(resource(['https://169.254.169.254'])), /where clouds hand out credentials/);
  assert.match(await words(resource(['http://login.test'])), /is not https/);
  assert.match(await words(resource(['https://denied.test'])), /is not to be reached/);
  assert.equal(stage.looked.slice(looked).includes('denied.test'), false, 'decided before it is looked up');
  assert.match(await words(() => ({ status: 404 })), /does not say how one signs in there/);
  assert.match(
    await words(() => ({ status: 302, location: 'https://inside.test/' })),
    /does not say how one signs in there|not a public address/,
  );
  const of = (body: object) => (path: string) =>
    path.startsWith('/.well-known/oauth-authorization-server') ? { status: 200, body } : { status: 404 };
  const sound = {
    issuer: crookedUrl,
    authorization_endpoint: `${crookedUrl}/authorize`,
    token_endpoint: `${crookedUrl}/token`,
    response_types_supported: ['code'],
  };
  assert.match(
    await words(of({ ...sound, issuer: 'https://bank.test' })),
    /shows the papers of https:\/\/bank.test/,
  );
  assert.match(
    await words(of({ ...sound, token_endpoint: 'http://crooked.test/' })),
    /is not reached by https/,
  );
  assert.match(await words(of(sound)), /wants clients to be registered by hand/);
  papers = (path) => {
    const more = {
      authorization_endpoint: 'https://phish.test/authorize',
      registration_endpoint: `${crookedUrl}/register`,
    };
    const made = { client_id: 'one', redirect_uris: ['http://page/oauth/callback'] };
    return path === '/register' ? { status: 201, body: made } : of({ ...sound, ...more })(path);
  };
  const led = await browser.post('/begin', { token });
  assert.deepEqual([led.status, led.body.at], [200, 'phish.test'], 'the page names where one is led');
});
