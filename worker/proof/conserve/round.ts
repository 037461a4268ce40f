import { closeSync, mkdirSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Synapse } from '#bots/matrix/testing/synapse.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import type { Reach } from '../chaos/far/far-side.ts';
import { openSides } from '../chaos/far/open-sides.ts';
import { bringFaults } from '../chaos/faults.ts';
import { findAmong, keepRoles, untilReady } from '../chaos/keep-roles.ts';
import type { PlaceName } from '../chaos/places.ts';
import { openDice } from '../chaos/random.ts';
import type { RoleKeeper } from '../chaos/role-keeper.ts';
import { markedIn } from '../chaos/script.ts';
import { pressCards, readPosts, type Sides, talk } from '../chaos/talk.ts';
import { judgeRound, type SaidDeed, undecided, type Verdict } from './judge.ts';
import { planRound, roles } from './plan.ts';
import { type Deed, everybody, otherThan, writeDeeds } from './script.ts';

export interface RoundResult extends Verdict {
  seeds: readonly number[];
  messages: number;
  /** Processes that were killed, and faults that were brought. */
  losses: number;
  planned: string[];
  tookMs: number;
  logFile: string;
}

export interface RoundOptions {
  /** Messages of each seed. */
  messages: number;
  platforms: readonly PlaceName[];
  synapse: Synapse | null;
  logs: string;
  stop: AbortSignal;
}

/** From the last message to the last answer: what has not come by then is lost. */
const deadlineMs = 120_000;
/** After the last answer, for whatever might still come twice. */
const calmMs = 2_000;
const lookMs = 500;

/** Some seeds side by side on one database, two bots processes, three workers and one set of far sides. */
export async function runRound(seeds: readonly number[], options: RoundOptions): Promise<RoundResult> {
  const { messages, platforms, synapse, logs, stop } = options;
  const began = performance.now();
  const first = seeds[0] ?? 0;
  const dice = openDice(first);
  const script = seeds.flatMap((seed) => writeDeeds(seed, openDice(seed), { count: messages, platforms }));
  const planned = planRound(dice, platforms);
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, `seeds-${first}.log`);

  await using owned = new AsyncDisposableStack();
  const after = (release: () => unknown) => owned.defer(async () => void (await release()));
  const { url: databaseUrl } = await openTestDatabase({ after });
  const home = await mkdtemp(join(tmpdir(), 'deckhand-conserve-'));
  after(() => rm(home, { recursive: true, force: true }));
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, stop]);
  const log = openSync(logFile, 'w');
  after(() => closeSync(log));
  const bots: RoleKeeper[] = [];
  const sides = await openSides(
    platforms,
    { synapse, findBots: findAmong(bots), dice, people: everybody },
    owned,
  );
  after(() => over.abort());
  const reach: Reach = Object.assign({}, ...[...sides.values()].map((side) => side.reach));
  const settings = { databaseUrl, home, reach };
  const kept = keepRoles({ dice, count: roles, log, settings, worker: '../conserve/worker', after });
  const { workers, losses } = kept;
  bots.push(...kept.bots);
  await untilReady([...bots, ...workers], stop);
  await Promise.all([...sides.values()].map((side) => side.begin(ended)));

  const pressing = Promise.all([
    pressCards(script, sides, first, ended),
    pressOthersCards(script, sides, ended),
  ]);
  pressing.catch(() => {});
  const [said] = await Promise.all([
    talk(script, sides, ended) as Promise<SaidDeed[]>,
    bringFaults(planned, { workers, bots, sides, databaseUrl, over: ended }),
  ]);
  for (const end = performance.now() + deadlineMs; performance.now() < end; ) {
    if (undecided(said, await readPosts(sides)).length === 0) break;
    await sleep(lookMs, undefined, { signal: stop });
  }
  await sleep(calmMs, undefined, { signal: stop });
  const verdict = judgeRound(said, await readPosts(sides));
  over.abort();
  await pressing;
  await Promise.all([...bots, ...workers].map((role) => role.stop()));
  return {
    ...verdict,
    ...{ seeds, messages: said.length, losses: losses.length, logFile },
    planned: planned.map(({ kind }) => kind),
    tookMs: Math.round(performance.now() - began),
  };
}

/** Somebody else presses every card as soon as they see it: that must change nothing. */
async function pressOthersCards(script: readonly Deed[], sides: Sides, over: AbortSignal): Promise<void> {
  const pressed = new Set<string>();
  while (!over.aborted) {
    // The double has no idea of who may press.
    for (const side of [...sides.values()].filter(({ name }) => name !== 'console')) {
      for (const card of (await side.posts()).filter(({ id, asks }) => asks && !pressed.has(id))) {
        const message = markedIn(card.about, script);
        pressed.add(card.id);
        if (message) await side.press(card, otherThan(message.author), true).catch(() => {});
      }
    }
    await sleep(lookMs, undefined, { signal: over }).catch(() => {});
  }
}
