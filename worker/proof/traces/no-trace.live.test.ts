import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { openPage, send, signIn } from '#bots/admin/testing/browser.ts';
import { renderDiscord } from '#bots/discord/render.ts';
import { readStream } from '#bots/http/testing/read-stream.ts';
import { openStage } from '#bots/http/testing/stage.ts';
import { renderMatrix } from '#bots/matrix/render.ts';
import { renderSlack } from '#bots/slack/render.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { collectedLog } from '#core/testing/collected-log.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { type Places, tracesOf } from '#core/testing/no-trace.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { httpsOrigin, stranger, worldRoot } from '#worker/egress/testing/origin.ts';
import { openDoorStage } from '#worker/testing/door-stage.ts';
import { mirror } from './mirror.ts';
import { placesOf, processesOfHost } from './sandbox-places.ts';

/** With characters that every encoding writes in another way. */
const newValue = (name: string) => `${name}/${randomBytes(12).toString('hex')}+"<&>"~ %?=`.slice(0, -1);
const values = {
  header: newValue('he'),
  query: newValue('qu'),
  bearer: newValue('be'),
  basic: newValue('ba'),
};
/** No secret: goes every way that a secret goes, and must be found wherever a secret must not. */
const mark = `mark-${randomBytes(12).toString('hex')}`;

const heard: string[] = [];
/** The server answers `/held` when it is told to. */
let atServer = false;
const letAnswer = Promise.withResolvers<void>();
const origin = await httpsOrigin(
  mirror(async (path, everything) => {
    heard.push(everything);
    if (path !== '/held') return;
    atServer = true;
    await letAnswer.promise;
  }),
);
const untrusted = await httpsOrigin(
  mirror(async () => {}),
  stranger,
);
const gone = await httpsOrigin(mirror(async () => {}));
await gone.close();
const releases = lastFirst({ after });
releases.after(async () => void (await Promise.all([origin.close(), untrusted.close()])));

const ports = [origin.port, untrusted.port, gone.port];
const policy = `format: 1
preset: allowlist
ranges: { here: 127.0.0.0/8 }
rules:
  - { effect: ask, host: asked.test, ports: [${ports}], ranges: here }
  - { effect: allow, host: '*.test', ports: [${ports}], ranges: here }
`;
const stage = await openDoorStage(releases, { policy, roots: [worldRoot] });
const { core } = stage;
const botsLog = collectedLog('bots');
const bots = await openStage(releases, { core, worker: false, log: botsLog.log });
const open = await openPage(releases, {}, bots);
const { page } = open;

/** Every answer that the page has got, but for streams, which have no end. */
const answers: Promise<string>[] = [];
page.on('response', (response) => {
  const streams = response.headers()['content-type']?.includes('event-stream') ?? true;
  if (!streams) answers.push(response.text().catch(() => ''));
});

/** Where the value of any of the secrets stands, and what of `must` does not hold the mark. */
async function judge(places: Places, must: readonly string[]): Promise<void> {
  for (const [name, value] of Object.entries(values))
    assert.deepEqual(await tracesOf(value, places), [], `the secret of the ${name}`);
  const marked = await tracesOf(mark, places);
  for (const place of must)
    assert.ok(
      marked.some((found) => found.includes(place)),
      `the search would have seen it in ${place}; it saw the mark in ${marked.join(', ')}`,
    );
}

const at = (host: string, port = origin.port) => `https://${host}.test:${port}`;
// What is long is cut in its middle: the faults are shown last.
const script = `set +e
export MARK=${mark}; echo $MARK | tee mark > /tmp/mark; echo $MARK > /dev/shm/mark; mkdir -p ~ && echo $MARK > ~/mark
get() { curl -sS -i -m 30 -H "X-Mark: $MARK" "$@"; echo; }
get ${at('header')}/echo
get -H "X-Token: $HEADER_TOKEN" ${at('header')}/error
get -L "${at('query')}/redirect?q=1"
get -u "someone:$BASIC_TOKEN" ${at('basic')}/echo
get -H "Authorization: Bearer $BEARER_TOKEN" ${at('bearer')}/cut
get --http2-prior-knowledge ${at('header')}/echo
get ${at('header', untrusted.port)}/x > faults
get ${at('header', gone.port)}/x >> faults
get ${at('open')}/$HEADER_TOKEN >> faults
get -d t=$(printf %s $QUERY_TOKEN | base64 -w0) ${at('header')}/x >> faults
python3 -c "import os, urllib.request as u; print(u.urlopen('${at('bearer')}/echo').read().decode('latin1'))"
get ${at('header')}/held > held & wait $!; cat held
get ${at('asked')}/x
cat faults
env`;

test('I5: secrets are used in every way, and not a byte of them is anywhere but at the server', async () => {
  await signIn(open);
  const { workspaces } = (await bots.call('GET', '/v1/secrets')).body;
  const secret = (name: keyof typeof values, put: object, ...more: string[]) => ({
    name: `${name.toUpperCase()}_TOKEN`,
    value: values[name],
    where: { bindings: [{ hosts: [`${name}.test`, ...more], ports, methods: ['GET'], put }] },
  });
  const input = {
    secrets: [
      secret('header', { as: 'header', name: 'X-Token' }, 'asked.test'),
      secret('query', { as: 'query', name: 'key' }),
      secret('bearer', { as: 'bearer' }),
      secret('basic', { as: 'basic', username: 'someone' }),
    ],
  };
  const stored = await bots.call('POST', '/v1/secrets', { workspaceId: workspaces[0].id, input });
  assert.equal(stored.status, 200, JSON.stringify(stored.body));

  await send(open, `$ ${script}`);
  const thread = await until(
    async () => (await bots.call('GET', '/v1/threads')).body.threads[0],
    'the thread',
  );
  const { id: threadId, sessionId } = thread;
  const streams = [`sessions/${sessionId}`, `threads/${threadId}`].map((of) =>
    readStream(releases, `${bots.url}/v1/${of}/stream`, bots.key),
  );
  await until(async () => atServer || null, 'the request that is held at the server');
  await atTheServer(sessionId);
  letAnswer.resolve();

  const card = page.getByRole('region', { name: 'Approval' });
  await card.getByText('with the secret').waitFor();
  const asking = await page.content();
  await card.getByRole('button', { name: 'Allow once' }).click();
  const [{ turnId }] = (await bots.call('GET', `/v1/sessions/${sessionId}/documents`)).body.documents;
  const document = await until(async () => {
    const { documents } = (await bots.call('GET', `/v1/sessions/${sessionId}/documents`)).body;
    return isFinal(documents[0].state) ? (documents[0] as TurnDocument) : null;
  }, 'the end of the turn');
  await page.getByText(/⚓ 1 command/).click();
  await page.locator('.step summary').click();

  // Without these the rest would prove nothing: each secret was at the server, and each fault did happen.
  const atAll = heard.join('\n');
  const basic = Buffer.from(`someone:${values.basic}`).toString('base64');
  for (const sent of [values.header, values.query, `Bearer ${values.bearer}`, `Basic ${basic}`])
    assert.ok(atAll.includes(sent), sent);
  const output = document.steps[0]?.output ?? '';
  for (const sign of [
    /\*{20}/,
    /HTTP\/1\.1 500/,
    /HTTP\/1\.1 302/,
    /certificate of header\.test/,
    /ECONNREFUSED/,
  ])
    assert.match(output, sign);
  assert.match(output, /HEADER_TOKEN is not meant for GET open\.test/);
  assert.equal(document.receipt.alarms.length, 2);
  const uses = Object.fromEntries(document.receipt.secrets.map(({ name, uses: times }) => [name, times]));
  assert.deepEqual(Object.keys(uses).sort(), ['BASIC_TOKEN', 'BEARER_TOKEN', 'HEADER_TOKEN', 'QUERY_TOKEN']);
  assert.equal(document.approvals[0]?.state, 'granted');

  const posts = [renderSlack, renderMatrix, renderDiscord].flatMap((render) => render(document, new Date()));
  for (const stream of streams)
    await stream.until(({ data }) => /turn\.finished|⚓/.test(JSON.stringify(data)));
  await judge(
    {
      databaseUrl: core.databaseUrl,
      folders: [core.home],
      texts: {
        page: await page.content(),
        'page that asks': asking,
        'answers to the page': (await Promise.all(answers)).join('\n'),
        posts: JSON.stringify(posts),
        streams: streams.map(({ events }) => JSON.stringify(events)).join('\n'),
        api: await allAnswers({ session: sessionId, thread: threadId, turn: turnId }),
        ...logs(sessionId),
      },
    },
    [
      'public.event.body',
      'public.console_message',
      'page',
      'page that asks',
      'answers to the page',
      'posts',
      'streams',
      'api',
    ],
  );
  await sandboxAtEnd(sessionId);
});

/** While the server has the request, with a secret on it. */
async function atTheServer(sessionId: string): Promise<void> {
  const { inspect, files, memory } = placesOf(stage.container(sessionId));
  assert.ok(inspect.includes(sessionId), 'the engine shows the sandbox');
  await judge({ files, texts: { ...memory, inspect, 'processes of the host': processesOfHost() } }, [
    '/workspace/mark',
    '/tmp/mark',
    '/dev/shm/mark',
    'bash (',
    'curl (',
    'processes of the host',
  ]);
}

/** What the turn has left behind. */
async function sandboxAtEnd(sessionId: string): Promise<void> {
  const { inspect, files, memory } = placesOf(stage.container(sessionId));
  await judge({ files, texts: { ...memory, inspect, 'processes of the host': processesOfHost() } }, [
    '/workspace/mark',
  ]);
}

/** No line of a log may hold what people write either, so that the mark is in none of them. */
function logs(sessionId: string): Record<string, string> {
  const { egress, worker } = stage.said();
  const bot = botsLog.lines();
  assert.ok(egress.includes(sessionId), 'the log of egress has been read');
  for (const log of [egress, worker, bot]) assert.ok(!log.includes(mark), 'a log holds what people write');
  return { 'log of egress': egress, 'log of the worker': worker, 'log of bots': bot };
}

/** Every answer that the API gives about what there is, also by ways that are added one day. */
async function allAnswers(known: Record<string, string>): Promise<string> {
  const { paths } = (await bots.call('GET', '/v1/openapi.json')).body;
  const targets = Object.entries(paths as Record<string, object>)
    .filter(([path, methods]) => 'get' in methods && !path.endsWith('/stream'))
    .map(([path]) => path.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? 'none'));
  const given = await Promise.all(
    targets.map(async (path) => {
      const headers = { authorization: `Bearer ${bots.key}` };
      const answer = await fetch(`${bots.url}${path}`, { headers });
      return { ok: answer.ok, text: [...answer.headers].flat().join('\n') + (await answer.text()) };
    }),
  );
  assert.ok(given.filter(({ ok }) => ok).length > 10, 'the API answers');
  return given.map(({ text }) => text).join('\n');
}
