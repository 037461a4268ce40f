import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { query } from '#core/infra/postgres/query.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst } from '#core/testing/last-first.ts';
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
function writeScript(): Message[] {
  return Array.from({ length: messages }, (_, index) => ({
    ...{ eventId: `msg_${index}`, mark: `tok0x${index}x`, platform: 'console' as const },
    ...{ thread: `t${index % 6}`, author: people[index % 2] ?? 'ana', tokens: [], allow: true, asks: false },
    text: `$ sleep 0.8; echo tok0x${index}x`,
    atMs: index * 250,
    againMs: [],
  }));
}

test('I1: all processes are renewed one after the other under load; no turn is lost, doubled or waits for the dead', async (t) => {
  const releases = lastFirst(t);
  const after = (release: () => unknown) => releases.after(async () => void (await release()));
  const owned = new AsyncDisposableStack();
  after(() => owned.disposeAsync());
  const { url: databaseUrl } = await openTestDatabase({ after } as never);
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
  const kept = keepRoles({
    ...{ dice, count, log, after, mortal: false, worker: '../conserve/worker' },
    settings: { databaseUrl, home, reach },
  });
  bots.push(...kept.bots);
  const all = [...kept.workers, ...kept.bots];
  await untilReady(all, over.signal);

  const talking = talk(writeScript(), sides, over.signal);
  for (const role of all) await role.renew();
  const said = await talking;
  await untilAnswered(said, sides, deadlineMs, over.signal);

  const posts = await readPosts(sides);
  const { faults } = judge({ said, posts, effects: new Map(), unfinished: new Set() });
  assert.deepEqual(faults, [], await readFile(logFile, 'utf8'));
  assert.equal(said.length, messages);
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
  const returned = await query(databaseUrl, `SELECT 1 FROM event WHERE type = 'turn.returned'`);
  assert.ok(returned.length > 0, 'no process had a turn in hand when it was asked to end');
});
