import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { finishWell, newWorker, sayAccepted } from '#core/testing/core.ts';
import { atOnce } from './at-once.ts';
import type { Place } from './place.ts';

export interface Fairness {
  /** Jain's index over what each person was served from the first light submission to the last light start. */
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
  const said = Array.from({ length: light }, (_, n) => sayAccepted(core, `light${n}`, { by: `light${n}` }));
  lightTurns = (await Promise.all(said)).map(({ turnId }) => turnId);
  await working;
  const { pool } = core.database;
  return { jain: jainIndex(await servedMeanwhile(pool)), lightWaitsMs: await lightWaits(pool), inversions };
}

/** By the database's clock: from the submission to the claim. */
async function lightWaits(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<{ ms: number }>(
    `SELECT (extract(epoch FROM t.started_at - t.created_at) * 1000)::float AS ms
     FROM turn t JOIN "user" u ON u.id = t.author_id WHERE u.name LIKE 'light%'`,
  );
  return rows.map(({ ms }) => ms);
}

/** Turns begun for each person from the first light submission to the last light start. */
async function servedMeanwhile(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<{ served: number }>(
    `WITH light AS (SELECT t.* FROM turn t JOIN "user" u ON u.id = t.author_id WHERE u.name LIKE 'light%'),
     span AS (SELECT min(created_at) AS began, max(started_at) AS ended FROM light)
     SELECT count(*)::int AS served FROM turn t, span
     WHERE t.started_at BETWEEN span.began AND span.ended GROUP BY t.author_id`,
  );
  return rows.map(({ served }) => served);
}

/** 1: everybody is served alike; 1/n: one person is served alone (Jain, Chiu, Hawe 1984). */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  return squares === 0 ? 1 : sum ** 2 / (shares.length * squares);
}
