import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { finishWell, newWorker, sayAccepted } from '#core/testing/core.ts';
import { atOnce } from './at-once.ts';
import type { Place } from './place.ts';

export interface Fairness {
  /** Jain's index over what each person was served while a light one waited: one whose question had been accepted. */
  jain: number;
  /** From submission to claim, of each light person. */
  lightWaitsMs: number[];
  inversions: number;
}

const workers = 4;
const light = 99;

/**
 * One person has `heavy` turns in 50 threads waiting, and workers are at it; then 99 others ask once each, all at once.
 * Turns end as soon as they are claimed.
 */
export async function measureFairness({ core }: Place, heavy: number): Promise<Fairness> {
  await atOnce(heavy, (n) => sayAccepted(core, `heavy${n % 50}`, { by: 'heavy' }));
  const claimed = new Set<string>();
  const lastSeq = new Map<string, number>();
  let lightTurns: string[] | null = null;
  let inversions = 0;
  const work = async () => {
    const worker = await newWorker(core);
    while (!lightTurns?.every((turnId) => claimed.has(turnId))) {
      const claim = await core.claims.claim(worker);
      if (claim) {
        const { turnId, sessionId } = claim;
        claimed.add(turnId);
        const seq = (await core.turns.byId(turnId))?.seq ?? 0;
        if (seq <= (lastSeq.get(sessionId) ?? 0)) inversions += 1;
        lastSeq.set(sessionId, seq);
        await finishWell(core, claim);
      } else await sleep(1);
    }
  };
  const working = Promise.all(Array.from({ length: workers }, work));
  const acceptedMs = new Map<string, number>();
  const said = Array.from({ length: light }, async (_, n) => {
    const { turnId } = await sayAccepted(core, `light${n}`, { by: `light${n}` });
    acceptedMs.set(turnId, Date.now());
    return turnId;
  });
  lightTurns = await Promise.all(said);
  await working;
  const { pool } = core.database;
  const served = await servedMeanwhile(pool, acceptedMs);
  return { jain: jainIndex(served), lightWaitsMs: await lightWaits(pool), inversions };
}

/** By the database's clock: from the submission to the claim. */
async function lightWaits(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<{ ms: number }>(
    `SELECT (extract(epoch FROM t.started_at - t.created_at) * 1000)::float AS ms
     FROM turn t JOIN "user" u ON u.id = t.author_id WHERE u.name LIKE 'light%'`,
  );
  return rows.map(({ ms }) => ms);
}

/**
 * Turns begun for each light person, and for the heavy one while a light one waited. What the heavy one is served when nobody
 * else waits takes nothing from anybody. The clocks of the database and of this process are the same machine's.
 */
async function servedMeanwhile(pool: pg.Pool, acceptedMs: ReadonlyMap<string, number>): Promise<number[]> {
  const { rows } = await pool.query<{ id: string; ms: number }>(
    'SELECT id, (extract(epoch FROM started_at) * 1000)::float AS ms FROM turn WHERE started_at IS NOT NULL',
  );
  const startedMs = new Map(rows.map(({ id, ms }) => [id, ms]));
  const waits = [...acceptedMs].map(([id, from]) => ({ from, to: startedMs.get(id) ?? Infinity }));
  const heavy = rows.filter(
    ({ id, ms }) => !acceptedMs.has(id) && waits.some(({ from, to }) => from < ms && ms < to),
  );
  return [...waits.map(({ to }) => (to < Infinity ? 1 : 0)), heavy.length];
}

/** 1: everybody is served alike; 1/n: one person is served alone (Jain, Chiu, Hawe 1984). */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  return squares === 0 ? 1 : sum ** 2 / (shares.length * squares);
}
