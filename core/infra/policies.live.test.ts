import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openDatabase } from '#core/infra/database.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { policiesContract } from '#core/testing/policies-contract.ts';
import { openPolicies } from './policies.ts';

const releases = lastFirst({ after });

async function openFresh() {
  const database = openDatabase((await openTestDatabase(releases)).url, { connections: 3 });
  releases.after(() => database.close());
  return database;
}

policiesContract('postgres', async () => openPolicies(await openFresh()));

test('a version is never changed or taken away, also not by a statement of ours', async () => {
  const { pool, ...database } = await openFresh();
  const policies = openPolicies({ pool, ...database });
  await policies.save({ layer: 'system', owner: '' }, 'format: 1\n', 'usr_1');
  await assert.rejects(pool.query("UPDATE policy SET text = 'format: 1\npreset: internet'"), /never changed/);
  await assert.rejects(pool.query('DELETE FROM policy'), /never changed/);
});

test('a stored document that cannot be read allows nothing, and says so', async () => {
  const { pool, ...database } = await openFresh();
  const policies = openPolicies({ pool, ...database });
  await pool.query(
    "INSERT INTO policy (layer, owner, version, text, created_by) VALUES ('user', 'usr_1', 1, 'format: 7', 'usr_1')",
  );
  const of = { workspaceId: 'wsp_1', userId: 'usr_1', sessionId: 'ses_1' };
  await assert.rejects(policies.layersFor(of), {
    code: 'policy_unreadable',
    message: /nothing is allowed.*format should be 1/s,
  });
});
