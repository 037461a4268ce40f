import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { EgressEntry } from '#core/events/egress-entry.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { call, openStage, type Stage } from './stage.ts';

/** What only Ana says, in a name, a text, a file, a command, a host. */
const newMark = () => `mark${randomBytes(8).toString('hex')}`;

export type Call = (method: string, path: string, body?: unknown) => ReturnType<typeof call>;

export interface World {
  stage: Stage;
  mark: string;
  anaId: string;
  ana: Call;
  ben: Call;
  /** The thread and session of each story. */
  sessions: Record<'alone' | 'archived' | 'shared' | 'others', string>;
}

export const as =
  (stage: Stage, key: string): Call =>
  (method, path, body) =>
    call(stage.url, method, path, body, { authorization: `Bearer ${key}` });

export async function sessionAfter(stage: Stage, asked: { body: { thread?: string; message?: Said } }) {
  const { sessionId, turnId } = asked.body.message?.content.outcome ?? { sessionId: '', turnId: '' };
  const { pool } = stage.core.database;
  await until(async () => {
    const { rows } = await pool.query<{ settled: boolean }>(
      `SELECT t.state = 'succeeded' AND s.shown_seq >= s.head_seq AS settled
       FROM turn t JOIN session s ON s.id = t.session_id WHERE t.id = $1`,
      [turnId],
    );
    return rows[0]?.settled || null;
  }, `the end of ${turnId}`);
  return { sessionId, turnId };
}

interface Said {
  content: { outcome: { sessionId: string; turnId: string } };
}

async function decide(by: Call, { id, revision }: { id: string; revision: number }): Promise<void> {
  const { status, body } = await by('POST', `/v1/approvals/${id}/decide`, { grant: true, revision });
  assert.equal(status, 200, JSON.stringify(body));
}

const entry = (host: string): EgressEntry => ({
  ...{ at: new Date().toISOString(), method: 'GET', scheme: 'https', host, port: 443, path: `/${host}` },
  ...{ outcome: 'passed', rule: host, code: null, reason: null, status: 200, secret: host },
  ...{ sent: 1, received: 2, ms: 3 },
});

/** Ana and Ben work, apart and in one thread; Ana leaves something of hers in every place that keeps something. */
export async function openErasureWorld(t: TestContext): Promise<World> {
  const stage = await openStage(lastFirst(t));
  const { core } = stage;
  const { pool } = core.database;
  const mark = newMark();
  const people = {
    ana: await stage.addPerson(`Ana ${mark}`, 'admin'),
    ben: await stage.addPerson('Ben', 'admin'),
  };
  const ana = as(stage, people.ana.key);
  const ben = as(stage, people.ben.key);
  const anaId = people.ana.user.userId;

  const file = await call(stage.url, 'POST', `/v1/files?name=${mark}.txt`, `${mark} in a file`, {
    ...{ authorization: `Bearer ${people.ana.key}`, 'content-type': 'text/plain' },
  });
  const text = `$ echo ${mark} ${mark.repeat(2000)}`;
  const first = await ana('POST', '/v1/threads', { text, files: [file.body.id] });
  assert.equal(first.status, 200, JSON.stringify(first.body));
  const alone = await sessionAfter(stage, first);
  await core.egressLog.append(alone.sessionId, [{ turnId: alone.turnId, entry: entry(`${mark}.test`) }]);
  await core.egressLog.seal(alone.sessionId, alone.turnId);
  const saved = await core.blobs.put(Buffer.from(`${mark} in a workspace`), 1000);
  const older = await core.blobs.put(Buffer.from(`${mark} in an older one`), 1000);
  await core.snapshots.save(alone.sessionId, { generation: 1, blob: older.hash, size: 1 }, 'here');
  await core.snapshots.save(alone.sessionId, { generation: 2, blob: saved.hash, size: 1 }, 'here');

  const careful = await ana('POST', '/v1/threads', { text: `careful $ echo ${mark}` });
  const card = await until(
    async () => (await ben('GET', '/v1/approvals')).body.approvals[0] ?? null,
    'the question',
  );
  await decide(ben, card);
  const archived = await sessionAfter(stage, careful);

  const opened = await ben('POST', '/v1/threads', { text: '$ echo ben began' });
  const shared = await sessionAfter(stage, opened);
  const path = `/v1/threads/${opened.body.thread}/messages`;
  await sessionAfter(stage, await ana('POST', path, { text: `say ${mark} here too` }));
  await sessionAfter(stage, await ben('POST', path, { text: '$ echo ben goes on' }));
  const others = await sessionAfter(stage, await ben('POST', '/v1/threads', { text: '$ echo ben alone' }));
  const stopped = await ben('POST', '/v1/threads', { text: 'careful $ echo ben asks' });
  const question = await until(
    async () => (await ben('GET', '/v1/approvals')).body.approvals[0] ?? null,
    'another question',
  );
  await decide(ana, question);
  await sessionAfter(stage, stopped);

  await ana('PATCH', '/v1/me', { email: `${mark}@example.com` });
  await ana('PUT', '/v1/me/account', { login: mark, password: 'a long enough password' });
  await leaveMarks(stage, { mark, anaId, sessionId: alone.sessionId, turnId: alone.turnId });
  // Long ago: its log lies in the blob store.
  await pool.query(`UPDATE session SET updated_at = now() - interval '40 days' WHERE id = $1`, [
    archived.sessionId,
  ]);
  assert.equal(await core.logArchive.archiveIdle(30), 1);
  const sessions = {
    ...{ alone: alone.sessionId, archived: archived.sessionId },
    ...{ shared: shared.sessionId, others: others.sessionId },
  };
  return { stage, mark, anaId, ana, ben, sessions };
}

interface Marked {
  mark: string;
  anaId: string;
  sessionId: string;
  turnId: string;
}

/** Rows that no request above makes. `$1`: Ana, `$2`: the mark, `$3`: a workspace, `$4`: her session, `$5`: her turn. */
const rows = [
  `INSERT INTO api_key (id, user_id, name, hash) VALUES ('key_a', $1, $2, $2)`,
  `INSERT INTO template (layer, owner_id, name, version, text, created_by) VALUES ('user', $1, $2, 1, $2, $1)`,
  `INSERT INTO secret (id, workspace_id, user_id, name, version, bindings, created_by, entry, entry_key_id)
   VALUES ('sec_a', $3, $1, $2, 1, '[]', $1, $2, 'k'), ('sec_w', $3, NULL, 'SHARED', 1, '[]', $1, '{}', 'k')`,
  `INSERT INTO placeholder (session_id, secret_id, text) VALUES ($4, 'sec_a', $2)`,
  `INSERT INTO lease (turn_id, epoch, secret_id, session_id) VALUES ($5, 9, 'sec_a', $4)`,
  `INSERT INTO sign_in_grant (secret_id, version, server, envelope, master_key_id) VALUES ('sec_a', 1, $2, $2, 'k')`,
  `INSERT INTO sign_in (id, link_hash, user_id, workspace_id, session_id, server, url, secret, expires_at)
   VALUES ('sgn_a', $2, $1, $3, $4, $2, $2, $2, now())`,
  `INSERT INTO secret_link (hash, user_id, workspace_id, expires_at) VALUES ($2, $1, $3, now())`,
  `INSERT INTO sign_in_link (hash, user_id, expires_at) VALUES ($2, $1, now())`,
  `INSERT INTO account_join (user_id, code_hash, expires_at, claimed_by, claimed_as) VALUES ($1, $2, now(), $1, $2)`,
  `INSERT INTO mcp_sighting (workspace_id, user_id, print, server, state, notes, tools)
   VALUES ($3, $1, $2, $2, 'up', $2, '[]')`,
  `INSERT INTO feedback (id, message, user_id, session_id, text) VALUES ('fbk_a', 'm', $1, $4, $2)`,
  `INSERT INTO policy (layer, owner, version, text, created_by) VALUES ('user', $1, 1, $2, $1)`,
  `INSERT INTO policy_proposal (id, layer, owner, text, why, proposed_by)
   VALUES ('ppl_a', 'user', $1, $2, $2, $1), ('ppl_w', 'workspace', $3, 'others', $2, $1)`,
  `INSERT INTO template_proposal (id, layer, owner_id, name, base, text, why, proposed_by)
   VALUES ('tpl_a', 'user', $1, $2, 0, $2, $2, $1), ('tpl_w', 'workspace', $3, 'assistant', 0, 'others', $2, $1)`,
  `INSERT INTO replay (session_id, id, asked_by, settled_at, result) VALUES ($4, 'rpl_a', $1, now(), $2)`,
  `INSERT INTO notice (key, platform, thread_ref, text, post_key, state)
   SELECT 'n', 'console', thread_ref, $2, 'pk', 'sent' FROM session WHERE id = $4`,
  `INSERT INTO schedule (id, owner_id, account_id, thread_ref, source, text, rule, zone, words, overlap, run_mode, missed,
     state, next_due, next_at)
   VALUES ('sch_a', $1, $2, 't', $2, $2, '{}', 'UTC', $2, 'skip', 'new_thread', 'skip', 'active', '2099-01-01', '2099-01-01')`,
  `INSERT INTO firing (schedule_id, due_at, owner_id, state, cause, note) VALUES ('sch_a', now(), $1, 'missed', 'clock', $2)`,
  `INSERT INTO approval_item (id, approval_id, fingerprint, line, revision, held_until)
   SELECT 'itm_a', id, 'f', $2, 1, now() FROM approval WHERE turn_id IN (SELECT id FROM turn WHERE author_id = $1) LIMIT 1`,
  `INSERT INTO identity (id, user_id, workspace_id, platform, account_id, name)
   VALUES ('idn_m', $1, $3, 'matrix', '@' || $2 || ':home', $2)`,
  `INSERT INTO unread_message (platform, account, channel, message, event)
   VALUES ('matrix', 'bot', 'c', 'm', '{"sender":"@' || $2 || ':home"}')`,
];

async function leaveMarks({ core }: Stage, { mark, anaId, sessionId, turnId }: Marked): Promise<void> {
  const { pool } = core.database;
  await core.credentials.createWebSession(anaId, 60_000, mark);
  const workspace = (await pool.query('SELECT id FROM workspace')).rows[0]?.id;
  for (const row of rows) {
    const all = [anaId, mark, workspace, sessionId, turnId];
    const used = [1, 2, 3, 4, 5].filter((n) => row.includes(`$${n}`));
    const text = used.reduce((sql, n, place) => sql.replaceAll(`$${n}`, `$${place + 1}::text`), row);
    await pool.query(
      text,
      used.map((n) => all[n - 1]),
    );
  }
}
