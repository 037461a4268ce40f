import { wellFormed } from '#core/events/canonical.ts';
import type { Feedback } from '#core/feedback/ports.ts';
import { newId } from '#core/ids.ts';
import type { Database } from './database.ts';

/** Feedback on Postgres. */
export function openFeedback({ pool }: Database): Feedback {
  return {
    add: async ({ message, userId, sessionId, text }) => {
      await pool.query(
        `INSERT INTO feedback (id, message, user_id, session_id, text) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (message) DO NOTHING`,
        [newId('fbk'), message, userId, sessionId, wellFormed(text)],
      );
    },
    list: async (limit) => {
      const { rows } = await pool.query<{
        userId: string;
        name: string;
        sessionId: string | null;
        text: string;
        at: Date;
      }>(
        `SELECT u.id AS "userId", u.name, f.session_id AS "sessionId", f.text, f.at FROM feedback f
         JOIN "user" u ON u.id = f.user_id ORDER BY f.at DESC, f.id LIMIT $1`,
        [limit],
      );
      return rows.map(({ userId, name, at, ...rest }) => ({
        ...rest,
        by: { userId, name },
        at: at.toISOString(),
      }));
    },
  };
}
