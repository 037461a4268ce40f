import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostQuestion } from '#core/approvals/host-asks.ts';
import { openHostAsks } from '#core/infra/egress/host-asks.ts';
import { openLeases, openStandings } from '#core/infra/egress/leases.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import type { StoredSecret } from '#core/secrets/ports.ts';
import { finishWell, newWorker, openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import type { Claim } from '#core/turns/ports.ts';

const secret: StoredSecret = {
  secretId: 'sec_1',
  workspace: 'wsp_1',
  user: null,
  name: 'TOKEN',
  version: 1,
  boundTo: '',
  bindings: [],
};
const intent = {
  method: 'GET',
  url: 'https://api.test/',
  fingerprint: 'f'.repeat(64),
  secret: null,
  approvalId: null,
};

async function openStage(t: Releases) {
  const core = await openTestCore(lastFirst(t));
  const { database } = core;
  const { secretId, workspace, name, version } = secret;
  await database.pool.query(
    `INSERT INTO secret (id, workspace_id, name, version, bindings, entry, entry_key_id, created_by)
     VALUES ($1, $2, $3, $4, '[]', '{}', 'key', 'usr_ana')`,
    [secretId, workspace, name, version],
  );
  return {
    core,
    asks: openHostAsks(database, openSigningKey(core.home)),
    leases: openLeases(database),
    standings: openStandings(database),
    claim: await claimOne(core),
  };
}

async function claimOne(core: TestCore): Promise<Claim> {
  await sayAccepted(core, 'thr');
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  return claim;
}

/** Another worker takes the turn over: the first one's epoch is old from then on. */
async function takeOver(core: TestCore, claim: Claim): Promise<Claim> {
  await core.claims.release(claim);
  const next = await core.claims.claim(await newWorker(core));
  assert.ok(next && next.epoch > claim.epoch);
  return next;
}

const question = (claim: Claim, path = '/x'): HostQuestion => ({
  ...claim,
  authorId: 'usr_x',
  group: { host: 'api.test', port: 443, method: 'GET', secret: null },
  fingerprint: path,
  line: `GET https://api.test${path}`,
  why: null,
  holdMs: 1,
  lifeMs: 60_000,
});
const by = { userId: 'usr_ana', name: 'Ana' };

test('I8: a lease is void when the epoch moves, when the turn waits or ends, and cannot be granted by a zombie', async (t) => {
  const { core, leases, standings, asks, claim } = await openStage(t);
  const { TOKEN: first } = await leases.grant(claim, [secret]);
  assert.match(first ?? '', /^dh_[a-z2-7]{32}$/);
  assert.deepEqual((await standings.of(claim.sessionId))?.leased, ['sec_1']);
  const uses = { itemId: null, secret };
  assert.equal(await asks.begin(claim, intent, uses), true);

  const next = await takeOver(core, claim);
  assert.deepEqual((await standings.of(claim.sessionId))?.leased, []);
  assert.equal(await asks.begin(claim, intent, uses), false);
  assert.equal(await asks.begin(next, intent, uses), false);
  await assert.rejects(leases.grant(claim, [secret]), { code: 'turn.fenced' });

  assert.deepEqual(await leases.grant(next, [secret]), { TOKEN: first }, 'a session keeps its placeholder');
  assert.equal(await asks.begin(next, intent, uses), true);
  await finishWell(core, next);
  assert.equal(await standings.of(claim.sessionId), null);
  assert.equal(await asks.begin(next, intent, uses), false);
});

test('I5: a secret that was replaced or removed is not spent any more, not even a moment later', async (t) => {
  const { core, asks, leases, claim } = await openStage(t);
  await leases.grant(claim, [secret]);
  const uses = { itemId: null, secret };
  assert.equal(await asks.begin(claim, intent, uses), true);
  await core.database.pool.query('UPDATE secret SET version = 2 WHERE id = $1', [secret.secretId]);
  assert.equal(await asks.begin(claim, intent, uses), false);
  const next = { ...uses, secret: { ...secret, version: 2 } };
  assert.equal(await asks.begin(claim, intent, next), true);
  assert.equal(await core.secrets.remove(secret.secretId, 'usr_ana'), true);
  assert.equal(await asks.begin(claim, intent, next), false);
});

test('requests that wait side by side share calls of the database, and each is judged and written down by itself', async (t) => {
  const { core, asks, leases, claim } = await openStage(t);
  await leases.grant(claim, [secret]);
  const asked = await asks.ask(question(claim));
  assert.ok(asked.kind === 'asked');
  await core.approvals.decide(asked.approvalId, { grant: true, scope: 'once', by, revision: 1 });
  const kinds = [
    { itemId: null, secret },
    { itemId: null, secret: { ...secret, secretId: 'sec_other' } },
    { itemId: asked.itemId, secret: { ...secret, version: 7 } },
    { itemId: asked.itemId, secret },
    { itemId: asked.itemId, secret },
    { itemId: null, secret: null },
  ];
  const may = [true, false, false, true, false, true];
  const begin = (uses: (typeof kinds)[number], at: number) =>
    asks.begin(claim, { ...intent, url: `https://api.test/${at}` }, uses);
  assert.deepEqual(await Promise.all(kinds.map(begin)), may);
  const stranger = asks.begin({ ...claim, epoch: claim.epoch - 1 }, intent, { itemId: null, secret: null });
  const many = Array.from({ length: 250 }, (_, at) => begin({ itemId: null, secret }, 100 + at));
  assert.deepEqual(await Promise.all(many), Array(250).fill(true));
  assert.equal(await stranger, false);
  const written = (await core.sessions.turnEvents(claim.turnId)).flatMap((event) =>
    event.type === 'egress.intent' ? [event.body.url] : [],
  );
  const expected = [...[0, 3, 5], ...Array.from({ length: 250 }, (_, at) => 100 + at)];
  assert.deepEqual(
    written,
    expected.map((at) => `https://api.test/${at}`),
  );
});

test('I7: an answer frees one request once; a turn that is stopped or over asks and sends nothing', async (t) => {
  const { core, asks, claim } = await openStage(t);
  const asked = await asks.ask(question(claim));
  assert.ok(asked.kind === 'asked');
  const { itemId, approvalId } = asked;
  const uses = { itemId, secret: null };
  assert.equal(await asks.begin(claim, intent, uses), false, 'nobody has answered yet');
  await core.approvals.decide(approvalId, { grant: true, scope: 'once', by, revision: 1 });
  assert.deepEqual(
    await Promise.all([asks.begin(claim, intent, uses), asks.begin(claim, intent, uses)]).then((both) =>
      both.sort(),
    ),
    [false, true],
  );
  assert.equal((await asks.ask(question(claim))).kind, 'asked', 'the next one is a question of its own');
  await core.turns.stop(claim.turnId, by);
  assert.equal((await asks.ask(question(claim, '/y'))).kind, 'fenced');
  assert.equal(await asks.begin(claim, intent, { itemId: null, secret: null }), false);
});

test('I7: a click with an old revision frees what was on it; one with a revision that never was frees nothing', async (t) => {
  const { core, asks, claim } = await openStage(t);
  const items = [];
  for (const path of ['/1', '/2', '/3']) items.push(await asks.ask(question(claim, path)));
  const [first, second, third] = items;
  assert.ok(first?.kind === 'asked' && second?.kind === 'asked' && third?.kind === 'asked');
  assert.equal(third.approvalId, first.approvalId);
  const decide = (revision: number) =>
    core.approvals.decide(first.approvalId, { grant: true, scope: 'once', by, revision });
  assert.equal((await decide(4))?.changed, false);
  assert.equal((await decide(0))?.changed, false);
  assert.equal((await decide(2))?.changed, true);
  const found = await asks.look([first.itemId, second.itemId, third.itemId], 1);
  assert.deepEqual([...found.values()].map(({ kind }) => kind).sort(), ['granted', 'granted', 'open']);
  assert.equal(found.get(third.itemId)?.kind, 'open');
  const [card] = await core.approvals.listOpen(10);
  assert.equal(card?.request.subject, 'GET https://api.test/3');
});

test('more questions than people can answer are refused at once', async (t) => {
  const { asks, claim } = await openStage(t);
  const kinds = [];
  for (let n = 0; n < 21; n += 1) {
    const group = { host: `h${n}.test`, port: 443, method: 'GET', secret: null };
    kinds.push((await asks.ask({ ...question(claim, `/${n}`), group })).kind);
  }
  assert.deepEqual(kinds.slice(-2), ['asked', 'full']);
});

test('a card that grows keeps the reason it had, where the next request brings none', async (t) => {
  const { core, asks, claim } = await openStage(t);
  await asks.ask({ ...question(claim, '/1'), why: 'the tests need it' });
  await asks.ask(question(claim, '/2'));
  const [card] = await core.approvals.listOpen(10);
  assert.equal(card?.request.why, 'the tests need it');
  assert.equal(card?.request.subject, 'GET https://api.test/1\nGET https://api.test/2');
});
