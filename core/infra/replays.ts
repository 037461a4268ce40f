import type { ReplayFacts, Replays } from '#core/events/replays-port.ts';
import { newId } from '#core/ids.ts';
import type { Database } from './database.ts';

interface Row {
  replayId: string;
  userId: string;
  name: string;
  askedAt: Date;
  beganAt: Date | null;
  settledAt: Date | null;
  result: string | null;
}

/** Replays on Postgres. */
export function openReplays({ pool }: Database): Replays {
  const of: Replays['of'] = async (sessionId) => {
    const { rows } = await pool.query<Row>(
      `SELECT r.id AS "replayId", u.id AS "userId", u.name, r.asked_at AS "askedAt", r.began_at AS "beganAt",
         r.settled_at AS "settledAt", r.result
       FROM replay r JOIN "user" u ON u.id = r.asked_by WHERE r.session_id = $1`,
      [sessionId],
    );
    return rows[0] ? toFacts(rows[0]) : null;
  };
  return {
    of,
    ask: async (sessionId, userId) => {
      await pool.query(
        `INSERT INTO replay (session_id, id, asked_by) VALUES ($1, $2, $3)
         ON CONFLICT (session_id) DO UPDATE SET id = excluded.id, asked_by = excluded.asked_by, asked_at = now(),
           worker_id = NULL, began_at = NULL, settled_at = NULL, result = NULL
         WHERE replay.settled_at IS NOT NULL`,
        [sessionId, newId('rpl'), userId],
      );
      const found = await of(sessionId);
      if (!found) throw new Error(`the session ${sessionId} went while its replay was asked for`);
      return found;
    },
    take: async (workerId, giveUpMs) => {
      const { rows } = await pool.query<{ replayId: string; sessionId: string }>(
        `UPDATE replay SET worker_id = $1, began_at = now() WHERE session_id = (
           SELECT session_id FROM replay WHERE settled_at IS NULL
             AND (began_at IS NULL OR began_at < now() - make_interval(secs => $2::float / 1000))
           ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id AS "replayId", session_id AS "sessionId"`,
        [workerId, giveUpMs],
      );
      return rows[0] ?? null;
    },
    settle: async ({ replayId, sessionId }, workerId, result) => {
      const { rowCount } = await pool.query(
        `UPDATE replay SET settled_at = now(), result = $4
         WHERE session_id = $1 AND id = $2 AND worker_id = $3 AND settled_at IS NULL`,
        [sessionId, replayId, workerId, JSON.stringify(result)],
      );
      return rowCount === 1;
    },
  };
}

function toFacts({ replayId, userId, name, askedAt, beganAt, settledAt, result }: Row): ReplayFacts {
  return {
    replayId,
    state: settledAt ? 'settled' : beganAt ? 'running' : 'asked',
    askedBy: { userId, name },
    askedAt: askedAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
    result: result === null ? null : (JSON.parse(result) as ReplayFacts['result']),
  };
}
