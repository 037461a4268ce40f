import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAnother, openTestCore } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';

const harbour = { externalId: 'G1', name: 'Harbour' };

test('one person is made once, however many messages of theirs come first at once, to however many processes', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const other = await openAnother(releases, core);
  const ana = { id: 'A1', name: 'Ana' };
  const met = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      (n % 2 ? core : other).identities.resolve('discord', { ...harbour, name: `Harbour ${n % 3}` }, ana),
    ),
  );
  assert.equal(new Set(met.map(({ userId }) => userId)).size, 1);
  const { rows } = await core.database.pool.query(
    `SELECT (SELECT count(*) FROM "user")::int AS users, (SELECT count(*) FROM identity)::int AS identities,
       (SELECT count(*) FROM workspace)::int AS workspaces`,
  );
  assert.deepEqual(rows, [{ users: 1, identities: 1, workspaces: 1 }]);
});

test('strangers do not wait for each other: whoever is met needs nothing that another one being met holds', async (t) => {
  const core = await openTestCore(t);
  await core.identities.resolve('discord', harbour, { id: 'A1', name: 'Ana' });
  const slow = await core.database.pool.connect();
  try {
    await slow.query('BEGIN');
    // As much as any writer of this row holds that does not change its key.
    await slow.query('SELECT 1 FROM workspace FOR NO KEY UPDATE');
    const ben = await core.identities.resolve('discord', harbour, { id: 'B1', name: 'Ben' });
    assert.equal(ben.name, 'Ben');
    // Whoever waited for it would have seen it cut off first: a transaction may idle for 4 s.
    await slow.query('COMMIT');
  } finally {
    slow.release(true);
  }
});

test('a workspace is called what it was called last; who knows only its id does not rename it', async (t) => {
  const core = await openTestCore(t);
  const nameNow = async () => (await core.database.prisma.workspace.findFirstOrThrow()).name;
  await core.identities.resolve('discord', { externalId: 'G1', name: 'G1' }, { id: 'A1', name: 'Ana' });
  assert.equal(await nameNow(), 'G1');
  await core.identities.resolve('discord', harbour, { id: 'B1', name: 'Ben' });
  assert.equal(await nameNow(), 'Harbour');
  await core.identities.resolve('discord', { externalId: 'G1', name: 'G1' }, { id: 'C1', name: 'Cem' });
  assert.equal(await nameNow(), 'Harbour');
});
