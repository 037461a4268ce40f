import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { httpsOrigin, worldRoot } from '#worker/egress/testing/origin.ts';
import { openDoorStage } from './testing/door-stage.ts';

/** As much of a package registry as a client asks for. */
const registry = await httpsOrigin((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ name: request.url?.slice(1), version: '4.6.7' }));
});
after(() => registry.close());
const base = `https://registry.test:${registry.port}`;
/** Asks for everything, and lets names of tests be at home here. */
const policy = `format: 1
preset: allowlist
ranges: { here: 127.0.0.0/8 }
rules:
  - { effect: ask, host: '*.test', ranges: here }
`;

const stage = await openDoorStage({ after }, { policy, roots: [worldRoot] });

test('a registry is asked for with a card, allowed once, reached, and stands in the receipt', async () => {
  const { turnId } = await stage.ask('registry', `$ curl -sS ${base}/zod`);
  const card = await stage.card(turnId, 'send GET to registry.test', `GET ${base}/zod`, 'curl');
  assert.deepEqual(stage.looked, [], 'nothing is looked up before people have allowed it');
  await stage.answer(card, true);
  const document = await stage.ended(turnId);
  assert.match(document.steps[0]?.output ?? '', /"version":"4\.6\.7"/);
  assert.equal(document.approvals[0]?.state, 'granted');
  assert.deepEqual(
    document.receipt.hosts.map(({ host, requests }) => [host, requests]),
    [['registry.test', 1]],
  );
});
