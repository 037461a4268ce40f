import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newWorker, openTestCore, sayAccepted } from '#core/testing/core.ts';

const ana = { userId: 'usr_ana', name: 'ana' };

test('a queued turn can be edited and cancelled, a running one can not', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr', { id: 'first' });
  const second = await sayAccepted(core, 'thr', { id: 'second' });
  assert.equal(await core.turns.edit('console', 'second', 'changed', 'usr_ana'), true);
  assert.equal((await core.turns.byId(second.turnId))?.text, 'changed');
  assert.equal(await core.turns.cancelQueued(second.turnId, ana, 'deleted'), true);
  assert.equal(await core.turns.cancelQueued(second.turnId, ana, 'deleted'), false);

  const claim = await core.claims.claim(await newWorker(core));
  assert.equal(await core.turns.edit('console', 'first', 'too late', 'usr_ana'), false);
  assert.equal(await core.turns.stop(claim?.turnId ?? '', ana), 'stopping');
  assert.deepEqual(claim && (await core.claims.standing(claim)).stopRequestedBy, ana);
});

test('the database refuses moves of a turn that the state table does not have, and changes of the log', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr');
  const { pool } = core.database;
  await assert.rejects(pool.query(`UPDATE turn SET state = 'succeeded' WHERE id = $1`, [turnId]), {
    code: 'DH002',
  });
  await assert.rejects(pool.query(`UPDATE event SET body = '{}' WHERE turn_id = $1`, [turnId]), {
    code: 'DH001',
  });
  await assert.rejects(pool.query('DELETE FROM event'), { code: 'DH001' });
});
