import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { migrate, ownMigrations } from '#core/infra/migrate.ts';
import { query } from '#core/infra/postgres/query.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openSides } from '../chaos/far/open-sides.ts';
import { findAmong, keepRoles, untilReady } from '../chaos/keep-roles.ts';
import { judge } from '../chaos/outcome.ts';
import { openDice } from '../chaos/random.ts';
import type { RoleKeeper } from '../chaos/role-keeper.ts';
import { type Message, people } from '../chaos/script.ts';
import { readPosts, talk, untilAnswered } from '../chaos/talk.ts';

const count = { bots: 2, workers: 2 };
const messages = 24;
const deadlineMs = 90_000;

/** Commands that take a while, so that every process has something in hand when it is asked to end. */
function writeScript(from: number, length: number): Message[] {
  return Array.from({ length }, (_, place) => from + place).map((index) => ({
    ...{ eventId: `msg_${index}`, mark: `tok0x${index}x`, platform: 'console' as const },
    ...{ thread: `t${index % 6}`, author: people[index % 2] ?? 'ana', tokens: [], allow: true, asks: false },
    text: `$ sleep 0.8; echo tok0x${index}x`,
    atMs: (index - from) * 250,
    againMs: [],
  }));
}

/** What the version after this one might bring: it only adds, as core/infra/expand.live.test.ts holds every migration to. */
const expands = {
  name: '29990101000000_next_version',
  sql: `CREATE TABLE next_version (id text PRIMARY KEY);
    ALTER TABLE turn ADD COLUMN next_version text;
    ALTER TABLE session ADD COLUMN next_version int NOT NULL DEFAULT 0;
    CREATE INDEX next_version_of_event ON event (at);`,
};
const versions = { before: '0.1.0-before', after: '0.2.0-after' };

test('I1: under load the tables grow and all processes are renewed by a next version; no turn is lost, doubled or waits for the dead', async (t) => {
  const releases = lastFirst(t);
  const after = (release: () => unknown) => releases.after(async () => void (await release()));
  const owned = new AsyncDisposableStack();
  after(() => owned.disposeAsync());
  const { url: databaseUrl } = await openTestDatabase({ after });
  const home = await mkdtemp(join(tmpdir(), 'deckhand-rolling-'));
  after(() => rm(home, { recursive: true, force: true }));
  const logFile = join(home, 'roles.log');
  const log = openSync(logFile, 'w');
  after(() => closeSync(log));
  const over = new AbortController();
  const dice = openDice(1);
  const bots: RoleKeeper[] = [];
  const sides = await openSides(
    ['console'],
    { synapse: null, findBots: findAmong(bots), dice, people },
    owned,
  );
  after(() => over.abort());
  const reach = sides.get('console')?.reach ?? {};
  let version = versions.before;
  const kept = keepRoles({
    version: () => version,
    ...{ dice, count, log, after, mortal: false, worker: '../conserve/worker' },
    settings: { databaseUrl, home, reach },
  });
  bots.push(...kept.bots);
  const all = [...kept.workers, ...kept.bots];
  await untilReady(all, over.signal);

  const talking = talk(writeScript(0, messages), sides, over.signal);
  // The first process of the next version migrates; those of the version before go on, with what they have in hand.
  await until(
    async () =>
      (await query(databaseUrl, `SELECT 1 FROM turn WHERE state = 'running'`)).length > 0 ? true : null,
    'a turn at work',
  );
  await migrate(databaseUrl, [...ownMigrations(), expands]);
  version = versions.after;
  for (const role of all) await role.renew();
  // And what is asked of the next version finds all of the version before gone.
  const said = [...(await talking), ...(await talk(writeScript(messages, 4), sides, over.signal))];
  await untilAnswered(said, sides, deadlineMs, over.signal);

  const posts = await readPosts(sides);
  const { faults } = judge({ said, posts, effects: new Map(), unfinished: new Set() });
  assert.deepEqual(faults, [], await readFile(logFile, 'utf8'));
  assert.equal(said.length, messages + 4);
  // Each ended because it was asked to, and gave back what it had: nobody had to be silent for 6 s first.
  assert.deepEqual(
    kept.losses.map(({ how }) => how),
    all.map(() => 'exit 0'),
  );
  const crashed = await query(
    databaseUrl,
    `SELECT 1 FROM event WHERE type = 'turn.resumed' AND body LIKE '%"reason":"crash"%'`,
  );
  assert.equal(crashed.length, 0);
  const began = await query(
    databaseUrl,
    `SELECT DISTINCT body::json #>> '{harness,version}' AS version FROM event WHERE type = 'turn.started' ORDER BY version`,
  );
  assert.deepEqual(
    began.map(({ version: of }) => of),
    [versions.before, versions.after],
  );
  const returned = await query(databaseUrl, `SELECT 1 FROM event WHERE type = 'turn.returned'`);
  assert.ok(returned.length > 0, 'no process had a turn in hand when it was asked to end');
});
