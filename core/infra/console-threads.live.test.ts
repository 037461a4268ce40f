import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openDatabase } from '#core/infra/database.ts';
import { consoleStoreContract } from '#core/testing/console-store-contract.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { openConsoleThreads } from './console-threads.ts';

const releases = lastFirst({ after });
const opened = openTestDatabase(releases).then(({ url }) => {
  const database = openDatabase(url);
  releases.after(() => database.close());
  return database;
});

consoleStoreContract('postgres', async () => openConsoleThreads(await opened));

test('I3: what was never handed in is handed in as it was written, also when a millisecond holds all of it', async () => {
  const database = await opened;
  const store = openConsoleThreads(database);
  const threadId = `thr_${crypto.randomUUID()}`;
  const texts = ['one', 'two', 'three', 'four', 'five'];
  const ids: string[] = [];
  for (const text of texts) {
    const message = { threadId, authorId: 'usr_1', key: crypto.randomUUID(), content: { text } };
    ids.push((await store.post(message)).messageId);
  }
  // Rows that are written anew lie in the table in another order than that of their making.
  for (const id of ids.toReversed())
    await database.pool.query(
      `UPDATE console_message SET created_at = '2026-11-21T08:00:00Z' WHERE id = $1`,
      [id],
    );
  const found = (await store.undelivered(new Date(), 1000)).filter(
    (message) => message.threadId === threadId,
  );
  assert.deepEqual(
    found.map(({ messageId }) => messageId),
    ids,
  );
});
