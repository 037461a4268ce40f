import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openVerifier } from '#core/events/signing.ts';
import { verifyLog } from '#core/events/verify.ts';
import { keyFiles } from '#core/machine/keys.ts';
import {
  finishWell,
  newWorker,
  openAnother,
  openTestCore,
  sayAccepted,
  type TestCore,
} from '#core/testing/core.ts';

/** A session with two turns that are over and shown, last used long ago. */
async function idleSession(core: TestCore, thread = 'long ago') {
  const worker = await newWorker(core);
  const turns: string[] = [];
  for (const text of ['first', 'second']) {
    const { turnId } = await sayAccepted(core, thread, { text });
    const claim = await core.claims.claim(worker);
    assert.equal(claim?.turnId, turnId);
    await finishWell(core, claim, `answer to ${text}`);
    turns.push(turnId);
  }
  const sessionId =
    (await core.sessions.byThread({ platform: 'console', workspace: 'local', channel: 'home', thread }))
      ?.sessionId ?? '';
  await age(core, sessionId);
  return { sessionId, turns, worker };
}

const age = async (core: TestCore, sessionId: string) =>
  void (await core.database.pool.query(
    `UPDATE session SET shown_seq = head_seq, updated_at = now() - interval '40 days' WHERE id = $1`,
    [sessionId],
  ));

const inTable = async (core: TestCore) =>
  (await core.database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM event')).rows[0]?.n;

async function open(t: TestContext) {
  const core = await openTestCore(t);
  return { core, ...(await idleSession(core)) };
}

test('an archived log is out of the table, reads as before, verifies, and leaves no room for another', async (t) => {
  const { core, sessionId, turns } = await open(t);
  const before = await core.sessions.rows(sessionId, 0, 100);
  assert.equal(await core.logArchive.archiveIdle(30), 1);
  assert.equal(await inTable(core), 0);
  assert.equal(await core.logArchive.archiveIdle(30), 0);

  const other = await openAnother(t, core);
  assert.deepEqual(await other.sessions.rows(sessionId, 0, 100), before);
  assert.deepEqual(await other.sessions.rows(sessionId, 2, 3), before.slice(2, 5));
  assert.deepEqual(await other.sessions.rows(sessionId, before.length, 3), []);
  for (const turnId of turns)
    assert.deepEqual(
      (await other.sessions.turnEvents(turnId)).map(({ seq }) => seq),
      before.filter((row) => row.turnId === turnId).map(({ seq }) => seq),
    );
  const facts = await core.sessions.byId(sessionId);
  const head = { seq: facts?.headSeq ?? 0, hash: facts?.headHash ?? '' };
  const verifier = openVerifier(keyFiles(core.home).map((file) => readFileSync(file, 'utf8')));
  const verdict = await verifyLog(sessionId, await other.sessions.rows(sessionId, 0, 100), verifier, head);
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.fault.message);
});

test('I3: a session goes on behind its archive: the next turn is told what was said, and the chain is one', async (t) => {
  const { core, sessionId, worker } = await open(t);
  await core.logArchive.archiveIdle(30);
  const { turnId } = await sayAccepted(core, 'long ago', { text: 'third' });
  // Before anybody reads the past, both lie apart.
  const rows = await core.sessions.rows(sessionId, 0, 100);
  assert.equal(rows.at(-1)?.turnId === turnId, false, 'a page ends with the archive');
  assert.equal((await core.sessions.rows(sessionId, rows.length, 100))[0]?.turnId, turnId);

  const claim = await core.claims.claim(worker);
  const both = await Promise.all([
    core.sessions.said(sessionId, turnId),
    core.sessions.said(sessionId, turnId),
  ]);
  for (const said of both)
    assert.deepEqual(
      said.flatMap((event) => (event.type === 'turn.finished' ? [event.body.answer] : [])),
      ['answer to first', 'answer to second'],
    );
  assert.ok(claim);
  await finishWell(core, claim);
  const whole = await core.sessions.rows(sessionId, 0, 100);
  const verifier = openVerifier(keyFiles(core.home).map((file) => readFileSync(file, 'utf8')));
  assert.ok((await verifyLog(sessionId, whole, verifier, null)).ok);
  assert.equal(await inTable(core), whole.length);
  await age(core, sessionId);
  assert.equal(await core.logArchive.archiveIdle(30), 1);
});

test('I1: a session that is used, waits, or is not shown yet is not archived', async (t) => {
  const { core, sessionId } = await open(t);
  const { pool } = core.database;
  await pool.query('UPDATE session SET shown_seq = head_seq - 1');
  assert.equal(await core.logArchive.archiveIdle(30), 0);
  await pool.query(`UPDATE session SET shown_seq = head_seq, updated_at = now() - interval '29 days'`);
  assert.equal(await core.logArchive.archiveIdle(30), 0);
  await sayAccepted(core, 'long ago', { text: 'queued' });
  await age(core, sessionId);
  assert.equal(await core.logArchive.archiveIdle(30), 0);
});

test('the table stays append only but for what is archived', async (t) => {
  const { core, sessionId } = await open(t);
  const { pool } = core.database;
  await assert.rejects(pool.query('DELETE FROM event'), /append only/);
  await assert.rejects(
    pool
      .query(`SELECT archive_log($1, 1, 'not its head', 'none', 1)`, [sessionId])
      .then(() => pool.query('DELETE FROM event')),
    /append only/,
  );
});

test('an archive that was cut or changed is never taken for the log, and says what to do', async (t) => {
  const { core, sessionId, turns } = await open(t);
  await core.logArchive.archiveIdle(30);
  const { rows } = await core.database.pool.query<{ blob: string }>('SELECT blob FROM log_archive');
  const blob = rows[0]?.blob ?? '';
  const file = join(core.home, 'blobs', blob.slice(0, 2), blob.slice(2));
  writeFileSync(file, readFileSync(file).subarray(0, -8));
  const other = await openAnother(t, core);
  const broken = { code: 'archive.broken', message: new RegExp(blob) };
  await assert.rejects(other.sessions.rows(sessionId, 0, 10), broken);
  await assert.rejects(other.sessions.turnEvents(turns[0] ?? ''), broken);
  await assert.rejects(other.sessions.said(sessionId, 'trn_none'), broken);
});
