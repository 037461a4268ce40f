import { after } from 'node:test';
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
