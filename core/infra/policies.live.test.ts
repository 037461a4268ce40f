import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Database, openDatabase } from '#core/infra/database.ts';
import { decide, layersOf } from '#core/policy/decide.ts';
import { canonicalRequest } from '#core/policy/request.ts';
import { openTemplates } from '#core/templates/templates.ts';
import { openTestCore, sayAccepted } from '#core/testing/core.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { policiesContract } from '#core/testing/policies-contract.ts';
import { openPolicies } from './policies.ts';
import { openTemplateStore } from './templates.ts';

const releases = lastFirst({ after });

async function openFresh() {
  const database = openDatabase((await openTestDatabase(releases)).url, { connections: 3 });
  releases.after(() => database.close());
  return database;
}

const openBoth = (database: Database) => openPolicies(database, openTemplates(openTemplateStore(database)));

policiesContract('postgres', async () => openBoth(await openFresh()));

test('a version is never changed or taken away, also not by a statement of ours', async () => {
  const { pool, ...database } = await openFresh();
  const policies = openBoth({ pool, ...database });
  await policies.save({ layer: 'system', owner: '' }, 'format: 1\n', 'usr_1');
  await assert.rejects(pool.query("UPDATE policy SET text = 'format: 1\npreset: internet'"), /never changed/);
  await assert.rejects(pool.query('DELETE FROM policy'), /never changed/);
});

test('a stored document that cannot be read allows nothing, and says so', async () => {
  const { pool, ...database } = await openFresh();
  const policies = openBoth({ pool, ...database });
  await pool.query(
    "INSERT INTO policy (layer, owner, version, text, created_by) VALUES ('user', 'usr_1', 1, 'format: 7', 'usr_1')",
  );
  const of = { workspaceId: 'wsp_1', userId: 'usr_1', sessionId: 'ses_1' };
  await assert.rejects(policies.layersFor(of), {
    code: 'policy_unreadable',
    message: /nothing is allowed.*format should be 1/s,
  });
});

test('the template of a thread narrows last, each of its layers; without it nothing is allowed', async (t) => {
  const { policies, templates, sessions, database, ...core } = await openTestCore(t);
  const { sessionId } = await sayAccepted({ policies, templates, sessions, database, ...core }, 'thr');
  const session = await sessions.byId(sessionId);
  assert.ok(session);
  const of = { workspaceId: session.workspaceId, userId: 'usr_ana', sessionId };
  await policies.save({ layer: 'system', owner: '' }, 'format: 1\npreset: internet\n', 'usr_1');
  const ask = async (line: string) => {
    const [method = '', host = ''] = line.split(' ');
    const request = canonicalRequest({ method, scheme: 'https', authority: host, target: '/' });
    const { effect, decidedBy } = decide(request, layersOf(await policies.layersFor(of)));
    return `${effect} by ${decidedBy.layer}`;
  };
  assert.equal(await ask('POST a.example'), 'allow by system');
  const become = (name: string) => database.pool.query('UPDATE session SET template = $1', [name]);
  await become('research');
  assert.equal(await ask('POST a.example'), 'deny by template');
  assert.equal(await ask('GET b.example'), 'allow by system');
  const slot = { layer: 'workspace', ownerId: of.workspaceId, name: 'research' } as const;
  const list = 'rules: [{ effect: deny, host: b.example }]';
  await templates.save(slot, `format: 1\npolicy: { format: 1, ${list} }\n`, of);
  assert.deepEqual(await Promise.all(['POST a.example', 'GET a.example', 'GET b.example'].map(ask)), [
    'deny by template',
    'allow by system',
    'deny by template',
  ]);
  await become('gone');
  await assert.rejects(policies.layersFor(of), { code: 'template.unknown' });
});
