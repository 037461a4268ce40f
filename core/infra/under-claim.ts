import type pg from 'pg';
import { fenced } from '#core/events/appender.ts';
import type { Claim } from '#core/turns/ports.ts';
import { type Queryable, transaction } from './database.ts';

/** Runs `work` under the session's lock if the claim still stands (I8). @throws `turn.fenced` */
export function underClaim<T>(pool: pg.Pool, claim: Claim, work: (db: Queryable) => Promise<T>): Promise<T> {
  return transaction(pool, async (db) => {
    const { rows } = await db.query<{ held: boolean }>(
      `SELECT s.epoch = $2 AND t.state = 'running' AND t.worker_id = $3 AS held
       FROM session s JOIN turn t ON t.id = $4 WHERE s.id = $1 FOR NO KEY UPDATE OF s`,
      [claim.sessionId, claim.epoch, claim.workerId, claim.turnId],
    );
    if (!rows[0]?.held) throw fenced();
    await db.query('SELECT lock_lanes($1)', [[claim.sessionId]]);
    return work(db);
  });
}
