import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Erasures } from '#core/identity/erasures-port.ts';
import { openBlobFolder } from '#core/infra/blobs.ts';
import { openErasures } from '#core/infra/erasures/erasures.ts';
import { openLogArchive } from '#core/infra/log-archive.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { tracesOf } from '#core/testing/no-trace.ts';
import { until } from '#core/testing/until.ts';
import { as, type Call, openErasureWorld, sessionAfter, type World } from './testing/erasure-world.ts';
import { openStage, type Stage } from './testing/stage.ts';

/** Erasures whose files have no grace. */
function hasty({ core }: Stage): Erasures {
  const { database, home, turns, auditLog } = core;
  const blobs = openBlobFolder(join(home, 'blobs'));
  const archive = openLogArchive(database, blobs);
  return openErasures({
    database,
    signer: openSigningKey(home),
    blobs,
    archive,
    turns,
    auditLog,
    graceMs: 0,
  });
}

const erased = (stage: Stage, userId: string) =>
  until(async () => {
    const erasures = hasty(stage);
    await erasures.goOn();
    const facts = await erasures.of(userId);
    return facts?.state === 'done' ? facts : null;
  }, 'the erasure');

async function verified({ stage, sessions }: World): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [story, sessionId] of Object.entries(sessions)) {
    const { body } = await stage.call('GET', `/v1/sessions/${sessionId}/verification`);
    assert.ok(body.ok, `${story}: ${JSON.stringify(body.fault)}`);
    found[story] = body.erased;
  }
  const audit = await stage.call('GET', '/v1/audit/verification');
  assert.ok(audit.body.ok, JSON.stringify(audit.body));
  return found;
}

test('a person’s data is gone from every table, file and archive, every log still verifies, and others keep theirs', async (t) => {
  const world = await openErasureWorld(t);
  const { stage, mark, anaId, sessions } = world;
  const { core, call: owner } = stage;
  const places = { databaseUrl: core.databaseUrl, folders: [join(core.home, 'blobs')] };
  const before = await tracesOf(mark, places);
  for (const place of [
    'event.body',
    'egress_log.body',
    'turn.text',
    'console_message.content',
    'audit.body',
    'blobs/',
  ])
    assert.ok(
      before.some((found) => found.includes(place)),
      `${place} of ${before.join(', ')}`,
    );
  assert.deepEqual(await verified(world), { alone: 0, archived: 0, shared: 0, others: 0 });
  const kept = await core.sessions.rows(sessions.others, 0, 100);

  const asked = await owner('DELETE', `/v1/users/${anaId}/data`);
  assert.deepEqual([asked.status, asked.body.erasure.state], [200, 'clearing'], JSON.stringify(asked.body));
  assert.equal((await world.ana('GET', '/v1/me')).status, 401, 'her keys are gone at once');
  const again = await owner('DELETE', `/v1/users/${anaId}/data`);
  assert.equal(again.body.erasure.id, asked.body.erasure.id, 'asked twice is one');
  const facts = await erased(stage, anaId);
  assert.ok(facts.events > 10 && facts.blobs >= 4, JSON.stringify(facts));

  assert.deepEqual(await tracesOf(mark, places), []);
  const counts = await verified(world);
  assert.ok(
    (counts.alone ?? 0) > 4 && (counts.archived ?? 0) > 4 && (counts.shared ?? 0) > 2,
    JSON.stringify(counts),
  );
  assert.equal(counts.others, 0);
  assert.deepEqual(await core.sessions.rows(sessions.others, 0, 100), kept);
  const { documents } = (await owner('GET', `/v1/sessions/${sessions.shared}/documents`)).body;
  assert.deepEqual(
    documents.map(({ text, author }: { text: string; author: { name: string } }) => [text, author.name]),
    [
      ['$ echo ben began', 'Ben'],
      ['[erased]', '[erased]'],
      ['$ echo ben goes on', 'Ben'],
    ],
  );
  const { pool } = core.database;
  assert.deepEqual((await pool.query('SELECT id FROM secret')).rows, [{ id: 'sec_w' }]);
  const usage = await pool.query('SELECT count(*)::int AS n FROM turn WHERE author_id = $1', [anaId]);
  assert.equal(usage.rows[0]?.n, 3, 'what only counts stays');
  assert.deepEqual(
    [...(await core.sessions.known(Object.values(sessions)))].sort(),
    [sessions.shared, sessions.others].sort(),
  );
  assert.equal((await owner('GET', `/v1/users/${anaId}/data`)).body.erasure.state, 'done');
});

test('whoever writes again with an erased account is somebody new', async (t) => {
  const stage = await openStage(t, { worker: false });
  const who = () =>
    stage.core.identities.resolve('slack', { externalId: 'T1', name: 'Team' }, { id: 'U2', name: 'ana' });
  const { userId } = await who();
  await stage.call('DELETE', `/v1/users/${userId}/data`);
  const next = await who();
  assert.notEqual(next.userId, userId);
  await erased(stage, userId);
  assert.equal((await who()).userId, next.userId);
});

test('I1: turns of theirs that run or wait are stopped first, in the thread, and only then is anything taken', async (t) => {
  const stage = await openStage(t);
  const { core } = stage;
  const ana = await stage.addPerson('Ana', 'member');
  const asked = await as(stage, ana.key)('POST', '/v1/threads', { text: 'slow' });
  const { turnId, sessionId } = asked.body.message.content.outcome;
  const state = async () => (await core.turns.byId(turnId))?.state;
  await until(async () => ((await state()) === 'running' ? true : null), 'the turn at work');
  const erasures = hasty(stage);
  await stage.call('DELETE', `/v1/users/${ana.user.userId}/data`);
  await erasures.goOn();
  const facts = await erasures.of(ana.user.userId);
  assert.deepEqual([facts?.state, facts?.events], ['clearing', 0]);
  assert.match(facts?.waitsFor ?? '', /turns that are being stopped/);
  core.live.publish({ kind: 'stop', sessionId, turnId });
  await erased(stage, ana.user.userId);
  assert.equal(await state(), 'cancelled');
  const { body } = await stage.call('GET', `/v1/sessions/${sessionId}/verification`);
  assert.ok(body.ok && body.erased > 0, JSON.stringify(body));
});

test('a thread in which somebody else’s turn waits is left alone until that has ended', async (t) => {
  const stage = await openStage(t);
  const ana = await stage.addPerson('Ana', 'member');
  const ben = await stage.addPerson('Ben', 'member');
  const opened = await as(stage, ana.key)('POST', '/v1/threads', { text: 'hello' });
  const { sessionId } = await sessionAfter(stage, opened);
  const path = `/v1/threads/${opened.body.thread}/messages`;
  const waiting = await as(stage, ben.key)('POST', path, { text: 'careful $ echo hi' });
  const card = await until(
    async () => (await stage.call('GET', '/v1/approvals')).body.approvals[0] ?? null,
    'the question',
  );
  const erasures = hasty(stage);
  await stage.call('DELETE', `/v1/users/${ana.user.userId}/data`);
  await until(async () => {
    await erasures.goOn();
    return /thread/.test((await erasures.of(ana.user.userId))?.waitsFor ?? '') || null;
  }, 'the erasure to wait');
  const rows = await stage.core.sessions.rows(sessionId, 0, 100);
  assert.ok(rows.some(({ body }) => body.includes('hello')));
  await stage.call('POST', `/v1/approvals/${card.id}/decide`, { grant: true, revision: card.revision });
  await sessionAfter(stage, waiting);
  await erased(stage, ana.user.userId);
  const { documents } = (await stage.call('GET', `/v1/sessions/${sessionId}/documents`)).body;
  assert.deepEqual([documents[0].text, documents[1].text], ['[erased]', 'careful $ echo hi']);
});

test('killed at any step, it goes on where it was; in between every log verifies', async (t) => {
  const world = await openErasureWorld(t);
  const { stage, mark, anaId } = world;
  const { pool } = stage.core.database;
  await stage.call('DELETE', `/v1/users/${anaId}/data`);
  // The database refuses the nth statement of a kind: what was committed before it stands, as after a kill.
  const steps = ['event', 'egress_log', 'turn', 'console_message', 'audit'];
  for (const table of steps) {
    await pool.query(`CREATE OR REPLACE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'killed'; END $$`);
    await pool.query(`CREATE TRIGGER aa_die BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION die()`);
    await assert.rejects(
      until(
        async () => {
          await hasty(stage).goOn();
          return null;
        },
        'the kill',
        10_000,
      ),
      /killed/,
      table,
    );
    await pool.query(`DROP TRIGGER aa_die ON ${table}`);
    await verified(world);
  }
  const facts = await erased(stage, anaId);
  const folders = [join(stage.core.home, 'blobs')];
  assert.deepEqual(await tracesOf(mark, { databaseUrl: stage.core.databaseUrl, folders }), []);
  assert.equal(facts.state, 'done');
  assert.ok(readdirSync(join(stage.core.home, 'blobs')).length > 0);
});

test('owners alone erase, never themselves, never the last owner; nobody is unknown', async (t) => {
  const stage = await openStage(t, { worker: false });
  const admin = await stage.addPerson('Ada', 'admin');
  const other = await stage.addPerson('Olga', 'owner');
  const erase = (by: Call, userId: string) => by('DELETE', `/v1/users/${userId}/data`);
  const owner: Call = (method, path, body) => stage.call(method, path, body);
  const refused = await erase(as(stage, admin.key), other.user.userId);
  assert.deepEqual([refused.status, refused.body.code], [403, 'auth.not_allowed']);
  const own = await erase(owner, stage.owner.userId);
  assert.deepEqual([own.status, own.body.code], [409, 'user.own_data']);
  assert.equal((await erase(owner, 'usr_none')).status, 404);
  assert.equal((await stage.call('GET', `/v1/users/${other.user.userId}/data`)).body.erasure, null);
  assert.equal((await erase(owner, other.user.userId)).status, 200);
  await assert.rejects(stage.core.erasures.ask(stage.owner.userId, { userId: 'usr_x', name: 'x' }), {
    code: 'user.last_owner',
  });
});

test('the database lets nobody change a log but under a signed event that names it as erased', async (t) => {
  const stage = await openStage(t, { worker: false });
  await stage.call('POST', '/v1/threads', { text: 'hello' });
  const { pool } = stage.core.database;
  for (const [table, code] of [
    ['event', 'DH001'],
    ['audit', 'DH014'],
  ] as const) {
    await stage.call('PATCH', '/v1/me', { email: 'o@example.com' });
    await assert.rejects(pool.query(`UPDATE ${table} SET body = '{}'`), { code });
    await assert.rejects(
      pool.query(
        `SELECT set_config('deckhand.erased_by', '1', true), set_config('deckhand.audit_erased_by', '1', true);
         UPDATE ${table} SET body = '{}'`,
      ),
      { code },
    );
  }
});

/** What holds words of people, and so is cleared; and what holds none: ids, hashes, numbers, moments. */
const tables = {
  cleared:
    'account account_join api_key approval approval_item audit console_message egress_log erasure event feedback file ' +
    'firing identity lease log_archive mcp_sighting notice placeholder policy policy_proposal replay schedule secret ' +
    'secret_link session sign_in sign_in_grant sign_in_link snapshot template template_proposal turn unread_message user ' +
    'web_session',
  wordless:
    '_prisma_migrations connection device device_row door effect egress_head egress_key lane model_usage post presence ' +
    'price ready seat template_choice worker workspace',
};

test('every table was thought of: whoever adds one says whether it holds words of people, and has them cleared', async (t) => {
  const world = await openErasureWorld(t);
  const { pool } = world.stage.core.database;
  const { rows } = await pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'bull%'`,
  );
  const known = `${tables.cleared} ${tables.wordless}`.split(' ');
  assert.deepEqual(rows.map(({ name }) => name).sort(), known.sort());
  const marked = await tracesOf(world.mark, { databaseUrl: world.stage.core.databaseUrl });
  const found = new Set(marked.map((place) => place.split('.')[1]));
  // Two name what they hold by a hash alone.
  const expected = tables.cleared
    .split(' ')
    .filter((name) => !['log_archive', 'snapshot', 'erasure', 'lease'].includes(name));
  assert.deepEqual(
    expected.filter((name) => !found.has(name)),
    [],
    'the world leaves a mark in each of them',
  );
});
