import { after } from 'node:test';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { seatsContract } from '#core/testing/seats-contract.ts';
import { openDatabase } from './database.ts';
import { openSeats } from './seats.ts';

const releases = lastFirst({ after });
const opened = openTestDatabase(releases).then(({ url }) => {
  const database = openDatabase(url);
  releases.after(() => database.close());
  return database;
});

seatsContract('postgres', async () => openSeats(await opened));
