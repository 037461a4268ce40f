import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { after, test } from 'node:test';
import type { LogEvent } from '#core/events/types.ts';
import { httpsOrigin, worldAuthority, worldRoot } from '#worker/egress/testing/origin.ts';
import { openDoorStage } from './testing/door-stage.ts';

/** All that reached a server of the test world: method and path. */
const reached: string[] = [];
const listener: RequestListener = (asked, answer) => {
  reached.push(`${asked.method} ${asked.url}`);
  asked.resume();
  answer.end('the text of a page\n');
};
/** Ports where the template lets its agents read; whoever runs beside this test may have some of them. */
const usual = [8443, 9090, 8888, 9000, 5000, 3000, 8000, 8080];

async function usualOrigin(): Promise<number> {
  const server = createServer(
    { SNICallback: (name, done) => done(null, worldAuthority.contextFor(name)) },
    listener,
  );
  for (const port of usual) {
    server.listen(port, '127.0.0.1');
    const listening = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]).catch(() => false);
    if (!listening) continue;
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    return port;
  }
  throw new Error(`none of the ports ${usual.join(', ')} is free`);
}

const port = await usualOrigin();
const elsewhere = await httpsOrigin(listener);
after(() => elsewhere.close());
/** Everything else is allowed: what is refused, the template refuses. */
const policy = `format: 1
preset: internet
ranges: { here: 127.0.0.0/8 }
rules:
  - { effect: allow, host: '*.test', ports: [${port}, ${elsewhere.port}], ranges: here }
`;
const token = 'tok_51b2c9d0e7f64a3388aa';
const methods = ['GET', 'POST', 'PUT', 'DELETE'];
const binding = { hosts: ['pages.test'], ports: [port], methods, put: { as: 'bearer' as const } };
const secrets = [{ of: 'ana', name: 'PAGES', value: token, bindings: [binding] }];
const stage = await openDoorStage({ after }, { policy, roots: [worldRoot], secrets });
const { core } = stage;
const local = { externalId: 'local', name: 'local' };
const ana = await core.identities.resolve('console', local, { id: 'ana', name: 'ana' });
const at = `https://pages.test:${port}`;

/** What one thread's agent is told of a command. */
async function runs(thread: string, command: string): Promise<string> {
  const { turnId } = await stage.ask(thread, `$ ${command}`);
  return (await stage.ended(turnId)).answer ?? '';
}

test('control: an assistant under the same policies reads and writes', async () => {
  assert.match(
    await runs('assistant', `curl -s ${at}/read && curl -s -X POST -d x=1 ${at}/write`),
    /text of a page/,
  );
  assert.deepEqual(reached.splice(0), ['GET /read', 'POST /write']);
});

test('research reads over the real door and writes nothing, whatever the policies above allow', async () => {
  await core.templates.choose({ workspaceId: ana.workspaceId, channel: null }, 'research', ana);
  assert.match(await runs('research', `curl -s ${at}/page && curl -sI ${at}/head`), /the text of a page/);
  assert.deepEqual(reached.splice(0), ['GET /page', 'HEAD /head']);
  const { turnId } = await stage.ask('research', 'hello');
  await stage.ended(turnId);
  const started = (await core.sessions.turnEvents(turnId)).find(
    (event): event is Extract<LogEvent, { type: 'turn.started' }> => event.type === 'turn.started',
  );
  assert.equal(started?.body.harness.template, 'research');
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
    const told = await runs('research', `curl -s -X ${method} -d x=1 ${at}/write`);
    assert.match(told, /the research template only reads/, method);
  }
  const withSecret = await runs('research', `curl -s -X POST -H "authorization: Bearer $PAGES" ${at}/write`);
  assert.match(withSecret, /the research template only reads/);
  assert.match(
    await runs('research', `curl -s https://pages.test:${elsewhere.port}/page`),
    /the research template only reads/,
  );
  assert.deepEqual(reached, [], 'nothing of it arrived');
});

test('research keeps its notebook, and has no tool that goes on without it', async () => {
  assert.match(await runs('research', 'echo 42 > note && cat note'), /42/);
  const { turnId } = await stage.ask(
    'research',
    'use propose_schedule {"when": "every day at 9:00", "request": "look"}',
  );
  assert.match((await stage.ended(turnId)).answer ?? '', /Tool 'propose_schedule' not found/);
});
