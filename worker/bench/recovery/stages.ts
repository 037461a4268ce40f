import type pg from 'pg';
import type { Held } from '#worker/proof/chaos/recovery.ts';

/** Where the time of one turn went, from the kill of its worker to its next event, in ms. */
export interface Stages {
  /** Until the database took it away from the dead worker. */
  freed: number;
  /** From there until a worker claimed it. */
  claimed: number;
  /** From there until that worker wrote something: its processor, and nobody else's. */
  resumed: number;
}

/** Notes every change of a turn's worker with the database's clock. Only in the database of a bench. */
export async function noteMoves(pool: pg.Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE bench_move (turn_id text, worker_id text, at timestamptz NOT NULL DEFAULT clock_timestamp());
    CREATE FUNCTION bench_note_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO bench_move (turn_id, worker_id) VALUES (NEW.id, NEW.worker_id);
      RETURN NULL;
    END $$;
    CREATE TRIGGER bench_note_move AFTER UPDATE OF worker_id ON turn FOR EACH ROW
      WHEN (OLD.worker_id IS DISTINCT FROM NEW.worker_id) EXECUTE FUNCTION bench_note_move()`);
}

/** The stages of every cut-off turn that went on under the next worker that claimed it. */
export async function readStages(pool: pg.Pool, losses: readonly Held[]): Promise<Stages[]> {
  const { rows } = await pool.query<Record<keyof Stages, number>>(
    `SELECT extract(epoch FROM freed.at - lost.at)::float * 1000 AS freed,
       extract(epoch FROM claimed.at - freed.at)::float * 1000 AS claimed,
       extract(epoch FROM wrote.at - claimed.at)::float * 1000 AS resumed
     FROM (SELECT turn_id, to_timestamp(ms / 1000) AS at FROM unnest($1::text[], $2::float[]) AS x(turn_id, ms)) lost,
     LATERAL (SELECT at FROM bench_move m WHERE m.turn_id = lost.turn_id AND m.worker_id IS NULL AND m.at > lost.at
       ORDER BY m.at LIMIT 1) freed,
     LATERAL (SELECT at, worker_id FROM bench_move m WHERE m.turn_id = lost.turn_id AND m.worker_id IS NOT NULL
       AND m.at > freed.at ORDER BY m.at LIMIT 1) claimed,
     LATERAL (SELECT e.at::timestamptz AS at FROM event e WHERE e.turn_id = lost.turn_id AND e.type = 'turn.resumed'
       AND e.body::json ->> 'worker' = claimed.worker_id AND e.at::timestamptz > claimed.at - interval '1 second'
       ORDER BY e.seq LIMIT 1) wrote`,
    [losses.flatMap(({ turnIds }) => turnIds), losses.flatMap(({ at, turnIds }) => turnIds.map(() => at))],
  );
  return rows;
}
