import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { messageOf } from '#core/errors.ts';
import type { LogEvent } from '#core/events/types.ts';
import { openDoors } from '#core/infra/egress/doors.ts';
import { until } from '#core/testing/until.ts';
import { worldRoot } from '#worker/egress/testing/origin.ts';
import { HELPER_UID } from '#worker/sandbox/docker/options.ts';
import { openDoorStage } from '#worker/testing/door-stage.ts';
import { proveLog } from '#worker/testing/prove-log.ts';
import { openDoorFetch } from './door-fetch.ts';
import { bringPackage } from './testing/bring-package.ts';
import { startEverything } from './testing/everything.ts';

const token = 'mcp_51b2c9d0e7f64a3388aa';
const everything = await startEverything({ after }, token);
const host = 'everything.test';
const policy = `format: 1
preset: allowlist
ranges: { here: 127.0.0.0/8 }
rules:
  - { effect: allow, host: ${host}, ports: ${everything.port}, ranges: here }
`;
const secrets = [
  {
    of: 'ana',
    name: 'EVERYTHING_TOKEN',
    value: token,
    bindings: [
      {
        hosts: [host],
        ports: [everything.port],
        methods: ['GET', 'POST', 'DELETE'],
        put: { as: 'bearer' as const },
      },
    ],
  },
];
const template = `format: 1
mcp:
  everything:
    url: https://${host}:${everything.port}/mcp
    secret: EVERYTHING_TOKEN
    approval: never
    approvals: { get-env: ask }
    timeout: 30
  files:
    command: exec node node_modules/@modelcontextprotocol/server-filesystem/dist/index.js /workspace
    approval: never
    trusted: true
`;
const stage = await openDoorStage({ after }, { policy, roots: [worldRoot], secrets, killable: true });
const { core } = stage;
const owner = await core.identities.localOwner();
const reader = { workspaceId: '', userId: owner.userId };
await core.templates.save({ layer: 'system', ownerId: '', name: 'assistant' }, template, reader);

/** A thread whose sandbox has the file server. */
async function prepared(thread: string): Promise<string> {
  const { turnId, sessionId } = await stage.ask(thread, '$ true');
  await stage.ended(turnId);
  const [asked] = await core.sessions.turnEvents(turnId);
  assert.equal(asked?.type, 'turn.submitted');
  const user = await core.identities.byId(asked.body.author.userId);
  await bringPackage('@modelcontextprotocol/server-filesystem', stage.container(sessionId), user?.uid ?? 0);
  await core.database.pool.query('DELETE FROM mcp_sighting');
  return sessionId;
}

const ofType = <T extends LogEvent['type']>(events: LogEvent[], type: T) =>
  events.filter((event): event is Extract<LogEvent, { type: T }> => event.type === type);

test("one turn uses a server over HTTP with its author's credential and one in its sandbox, at once", async () => {
  await prepared('both');
  const { turnId } = await stage.ask(
    'both',
    `use everything__get-sum {"a": 20, "b": 22}\nuse files__write_file {"path": "/workspace/note", "content": "hello from a server"}`,
  );
  const document = await stage.ended(turnId);
  const [started] = ofType(await core.sessions.turnEvents(turnId), 'turn.started');
  const names = started?.body.harness.mcp?.tools.map(({ name }) => name) ?? [];
  const offered = `offered: ${names.join()}; told: ${started?.body.harness.instructions}`;
  assert.ok(names.includes('everything__echo') && names.includes('files__read_text_file'), offered);
  assert.match(document.answer ?? '', /The sum of 20 and 22 is 42/);
  assert.match(document.answer ?? '', /Successfully wrote to \/workspace\/note/);
  assert.deepEqual(everything.calls, ['get-sum']);
  assert.deepEqual(everything.strangers, [], 'the front saw nothing but what the proxy put on');
  const read = await stage.ask('both', '$ cat note');
  assert.match((await stage.ended(read.turnId)).answer ?? '', /hello from a server/);
  assert.equal(JSON.stringify(stage.said()).includes(token), false, 'I5: the value stands in no log');
});

test('a flagged tool asks first, with the exact call on the card, and is called once after the yes', async () => {
  const { turnId, sessionId } = await stage.ask('flagged', 'use everything__get-env {"of": "everything"}');
  const card = await stage.card(turnId, 'use get-env of everything', '"of": "everything"');
  assert.equal(everything.calls.includes('get-env'), false, 'nothing is called before the answer');
  await stage.answer(card, true);
  await stage.ended(turnId);
  assert.equal(everything.calls.filter((tool) => tool === 'get-env').length, 1);
  await proveLog(core, sessionId, 'test');
});

test('I4: a worker killed between a call and its receipt does not call a tool again that may not be repeated', async () => {
  const before = everything.calls.filter((tool) => tool === 'toggle-simulated-logging').length;
  const { held } = everything.hold('toggle-simulated-logging');
  const { turnId, sessionId } = await stage.ask('killed', 'use everything__toggle-simulated-logging');
  await held;
  await stage.killWorker();
  const document = await stage.ended(turnId);
  assert.match(document.answer ?? '', /may or may not have happened/);
  const calls = everything.calls.filter((tool) => tool === 'toggle-simulated-logging').length;
  assert.equal(calls - before, 1, 'counted by the server');
  const events = await core.sessions.turnEvents(turnId);
  assert.equal(ofType(events, 'turn.resumed')[0]?.body.reason, 'crash');
  const receipt = ofType(events, 'effect.receipt').find(({ body }) => body.kind === 'tool');
  assert.equal(receipt?.body.outcome, 'interrupted');
  await proveLog(core, sessionId, 'test');
});

test("a server's question becomes a card, which outlives its worker; the yes is what the server is told", async () => {
  const name = 'everything__trigger-elicitation-request';
  const first = await stage.ask('questions', `use ${name} {}`);
  const asked = (await stage.ended(first.turnId)).answer ?? '';
  assert.match(asked, /"Please provide inputs for the following fields:"/);
  assert.match(asked, /- titledSingleSelectEnum \(one of "hero-1" \(Superman\)/);
  const args = {
    tool: name,
    arguments: {},
    question: 'Please provide inputs for the following fields:',
    content: { name: 'Ana of the yard', integer: 7, untitledMultipleSelectEnum: ['Piano'] },
  };
  const calls = () => everything.calls.filter((tool) => tool === 'trigger-elicitation-request').length;
  const before = calls();
  const { turnId, sessionId } = await stage.ask('questions', `use answer_server ${JSON.stringify(args)}`);
  const card = await stage.card(
    turnId,
    'answer a question of everything',
    '> Please provide',
    'Ana of the yard',
  );
  await stage.killWorker();
  assert.equal(calls(), before, 'nothing is called before the answer');
  await stage.answer(card, true);
  assert.match((await stage.ended(turnId)).answer ?? '', /Name: Ana of the yard[\s\S]*Favorite Integer: 7/);
  assert.equal(calls(), before + 1);
  await proveLog(core, sessionId, 'test');
});

test('in a thread of several people a server is used without a card for each of its requests', async () => {
  const first = await stage.ask('several', '$ echo planted > hook', 'ben');
  await stage.ended(first.turnId);
  const { turnId } = await stage.ask('several', 'use everything__echo {"message": "for Ana"}');
  assert.match((await stage.ended(turnId)).answer ?? '', /Echo: for Ana/);
  assert.deepEqual(await core.approvals.ofTurn(turnId), []);
});

test("a credential that has expired is told in words, and nobody else's is tried", async () => {
  everything.want('another one');
  try {
    await core.database.pool.query('DELETE FROM mcp_sighting');
    const { turnId } = await stage.ask('expired', 'hello');
    await stage.ended(turnId);
    const [started] = ofType(await core.sessions.turnEvents(turnId), 'turn.started');
    assert.match(
      started?.body.harness.instructions ?? '',
      /everything: it is not there: it refused the credential \(401\)/,
    );
    assert.equal(
      started?.body.harness.mcp?.tools.some(({ server }) => server === 'everything'),
      false,
    );
  } finally {
    everything.want(token);
  }
});

test('a person without the secret is told which one the server needs', async () => {
  const { turnId } = await stage.ask('ben', 'hello', 'ben');
  await stage.ended(turnId);
  const [started] = ofType(await core.sessions.turnEvents(turnId), 'turn.started');
  assert.match(
    started?.body.harness.instructions ?? '',
    /everything: it is not there: it needs the secret EVERYTHING_TOKEN/,
  );
});

test('the sightings say which server is down, and why', async () => {
  const { rows } = await until(async () => {
    const found = await core.database.pool.query<{ server: string; state: string }>(
      'SELECT DISTINCT server, state FROM mcp_sighting ORDER BY server, state',
    );
    return found.rows.length > 0 ? found : null;
  }, 'sightings');
  assert.ok(rows.some(({ server, state }) => server === 'everything' && state === 'down'));
});

test('I8: whoever speaks for a claim that does not stand is not served by the door', async () => {
  const { turnId, sessionId } = await stage.ask('fenced', '$ sleep 6');
  const claim = await until(async () => {
    const { rows } = await core.database.pool.query<{ epoch: number }>(
      'SELECT open_epoch AS epoch FROM door WHERE session_id = $1 AND open_epoch > 0',
      [sessionId],
    );
    return rows[0] ? { sessionId, turnId, epoch: Number(rows[0].epoch) } : null;
  }, 'the door to serve the turn');
  const doors = openDoors(core.database, core.live, { home: core.home, socketUid: HELPER_UID });
  const knock = async (epoch: number) => {
    const knocking = await doors.knock({ ...claim, epoch, workerId: '' });
    const { fetch, close } = openDoorFetch(knocking, () => {});
    try {
      const { status } = await fetch(`https://${host}:${everything.port}/mcp`, { method: 'DELETE' });
      return `${status}`;
    } catch (error) {
      return messageOf(error);
    } finally {
      await close();
    }
  };
  assert.match(await knock(claim.epoch), /^4\d\d$/, 'the server itself answers the claim that stands');
  assert.match(await knock(claim.epoch - 1), /another worker has taken over/);
  assert.match(await knock(claim.epoch + 1), /another worker has taken over/);
  await stage.ended(turnId);
});
