import { fenced } from '#core/events/appender.ts';
import type { Leases, Standing, Standings } from '#core/secrets/leases.ts';
import { newPlaceholder, type Placeholder } from '#core/secrets/placeholder.ts';
import { type Database, transaction } from '../database.ts';

/** Leases as rows; written only while the claim stands, under the session's lock. */
export function openLeases({ pool }: Database): Leases {
  return {
    grant: (fence, secrets) =>
      transaction(pool, async (db) => {
        const { sessionId, turnId, epoch } = fence;
        const { rows } = await db.query<{ held: boolean }>(
          `SELECT s.epoch = $2 AND t.epoch = $2 AND t.state = 'running' AS held
           FROM session s JOIN turn t ON t.id = $3 AND t.session_id = s.id WHERE s.id = $1 FOR NO KEY UPDATE OF s`,
          [sessionId, epoch, turnId],
        );
        if (!rows[0]?.held) throw fenced();
        const ids = secrets.map((secret) => secret.secretId);
        await db.query('DELETE FROM lease WHERE session_id = $1', [sessionId]);
        if (ids.length === 0) return {};
        await db.query(
          'INSERT INTO lease (turn_id, epoch, secret_id, session_id) SELECT $1, $2, unnest($3::text[]), $4',
          [turnId, epoch, ids, sessionId],
        );
        await db.query(
          `INSERT INTO placeholder (session_id, secret_id, text) SELECT $1, * FROM unnest($2::text[], $3::text[])
           ON CONFLICT (session_id, secret_id) DO NOTHING`,
          [sessionId, ids, ids.map(() => newPlaceholder())],
        );
        const made = await db.query<{ secret_id: string; text: Placeholder }>(
          'SELECT secret_id, text FROM placeholder WHERE session_id = $1 AND secret_id = ANY($2)',
          [sessionId, ids],
        );
        const texts = new Map(made.rows.map((row) => [row.secret_id, row.text]));
        return Object.fromEntries(
          secrets.flatMap(({ name, secretId }) => {
            const text = texts.get(secretId);
            return text ? [[name, text]] : [];
          }),
        );
      }),

    drop: async ({ turnId, epoch }) => {
      await pool.query('DELETE FROM lease WHERE turn_id = $1 AND epoch <= $2', [turnId, epoch]);
    },
  };
}

interface Row {
  turn_id: string;
  epoch: number;
  author_id: string;
  author: string;
  workspace_id: string;
  leased: string[] | null;
  shared: boolean;
}

/** What egress asks before every decision: one statement, by keys and partial indexes. */
export function openStandings({ pool }: Database): Standings {
  return {
    of: async (sessionId) => {
      const { rows } = await pool.query<Row>({
        name: 'egress_standing',
        text: `SELECT t.id AS turn_id, t.epoch, t.author_id, u.name AS author, s.workspace_id,
            (SELECT array_agg(l.secret_id ORDER BY l.secret_id) FROM lease l
             WHERE l.turn_id = t.id AND l.epoch = t.epoch) AS leased,
            EXISTS (SELECT 1 FROM turn o WHERE o.session_id = t.session_id AND o.author_id <> t.author_id
              AND o.started_at IS NOT NULL) AS shared
          FROM turn t JOIN session s ON s.id = t.session_id JOIN "user" u ON u.id = t.author_id
          WHERE t.session_id = $1 AND t.state = 'running' AND t.epoch = s.epoch`,
        values: [sessionId],
      });
      return rows[0] ? toStanding(sessionId, rows[0]) : null;
    },
    placeholders: async (sessionId) => {
      const { rows } = await pool.query<{ secret_id: string; text: string }>(
        'SELECT secret_id, text FROM placeholder WHERE session_id = $1',
        [sessionId],
      );
      return new Map(rows.map((row) => [row.text, row.secret_id]));
    },
  };
}

function toStanding(sessionId: string, row: Row): Standing {
  return {
    sessionId,
    turnId: row.turn_id,
    epoch: row.epoch,
    author: { userId: row.author_id, name: row.author },
    workspaceId: row.workspace_id,
    leased: row.leased ?? [],
    shared: row.shared,
  };
}
