import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, EventType, Person } from '#core/events/types.ts';
import type { Claim, Claims } from '#core/turns/ports.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { appendRows } from './event-rows.ts';
import { claimedRow, finishTurn } from './finish-turn.ts';
import { underClaim } from './under-claim.ts';
import { holdLine } from './worker-line.ts';

/** Claims on Postgres: who works on what, and the fence around it (I3, I8). */
export function openClaims(database: Database, signer: Signer): Claims {
  const { pool } = database;

  const draft = <T extends EventType>(claim: Claim, type: T, body: EventBodies[T]) =>
    claimedRow(signer, claim, type, body);

  return {
    register: async (workerId, host, slots) => {
      await pool.query('INSERT INTO worker (id, host, slots) VALUES ($1, $2, $3)', [workerId, host, slots]);
    },
    holdLine: (workerId) => holdLine(database.dedicated, workerId),
    beat: async (workerId, host, slots) => {
      // Inserted anew where it was swept away while its machine slept.
      await pool.query(
        `INSERT INTO worker (id, host, slots) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
        [workerId, host, slots],
      );
    },
    held: async (workerId) => {
      const { rows } = await pool.query<{ turnId: string; sessionId: string; epoch: number }>(
        `SELECT id AS "turnId", session_id AS "sessionId", epoch FROM turn WHERE worker_id = $1 AND state = 'running'`,
        [workerId],
      );
      return rows.map((row) => ({ ...row, workerId }));
    },
    leave: (workerId) =>
      transaction(pool, async (db) => {
        // One after the other: of two that leave at once exactly one is the last.
        await db.query("SELECT pg_advisory_xact_lock(hashtext('deckhand.worker.leave'))");
        const { rows } = await db.query<{ session_id: string }>(
          `SELECT t.session_id FROM turn t JOIN session s ON s.id = t.session_id
           WHERE t.worker_id = $1 AND t.state = 'running' ORDER BY s.id FOR NO KEY UPDATE OF s`,
          [workerId],
        );
        await db.query('SELECT lock_lanes($1)', [rows.map((row) => row.session_id)]);
        await db.query(`UPDATE turn SET worker_id = NULL WHERE worker_id = $1 AND state = 'running'`, [
          workerId,
        ]);
        for (const row of rows) await db.query('SELECT make_ready($1)', [row.session_id]);
        const others = await db.query(
          `WITH gone AS (DELETE FROM worker WHERE id = $1 RETURNING host)
           SELECT FROM worker JOIN gone USING (host) WHERE id <> $1 AND seen_at > now() - interval '6 seconds'`,
          [workerId],
        );
        return others.rowCount !== 0;
      }),

    claim: async (workerId) => {
      const { rows } = await pool.query<Omit<Claim, 'workerId'>>({
        name: 'claim_turn',
        text: 'SELECT turn_id AS "turnId", session_id AS "sessionId", epoch FROM claim_turn($1)',
        values: [workerId],
      });
      return rows[0] ? { ...rows[0], workerId } : null;
    },
    sweep: async () => {
      const { rows } = await pool.query<{ id: string }>('SELECT sweep_turns() AS id');
      return rows.map((row) => row.id);
    },

    release: (claim) =>
      underClaim(pool, claim, async (db) => {
        await appendRows(db, [draft(claim, 'turn.returned', {})]);
        await db.query('UPDATE turn SET worker_id = NULL WHERE id = $1', [claim.turnId]);
        await db.query('SELECT make_ready($1)', [claim.sessionId]);
      }),

    finish: (claim, state, finished) => finishTurn(pool, signer, claim, state, finished),

    wait: (claim, approvalIds) =>
      underClaim(pool, claim, async (db) => {
        await appendRows(db, [draft(claim, 'turn.waiting', { approvals: approvalIds })]);
        await db.query(
          `UPDATE turn SET state = 'waiting', worker_id = NULL,
             woken = stop_requested_by IS NOT NULL OR EXISTS (SELECT 1 FROM approval WHERE id = ANY($2) AND state <> 'open')
           WHERE id = $1`,
          [claim.turnId, approvalIds],
        );
        return makeReady(db, claim.sessionId);
      }),

    standing: async (claim) => {
      const { rows } = await pool.query<{ held: boolean; by: string | null }>({
        name: 'claim_standing',
        text: `SELECT s.epoch = $2 AND t.state = 'running' AND t.worker_id = $3 AS held, t.stop_requested_by AS by
          FROM session s JOIN turn t ON t.id = $4 WHERE s.id = $1`,
        values: [claim.sessionId, claim.epoch, claim.workerId, claim.turnId],
      });
      const by = rows[0]?.by;
      return { held: rows[0]?.held ?? false, stopRequestedBy: by ? (JSON.parse(by) as Person) : null };
    },
  };
}

async function makeReady(db: Queryable, sessionId: string): Promise<boolean> {
  const { rows } = await db.query<{ ready: boolean }>('SELECT make_ready($1) AS ready', [sessionId]);
  return rows[0]?.ready ?? false;
}
