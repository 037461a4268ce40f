import { visible } from '#core/approvals/visible.ts';
import type { EventBodies } from '#core/events/types.ts';
import type { Database } from '../database.ts';

const maxWords = 500;

/**
 * Why a turn reaches out now, for the card: the reason that the agent gave with the command that runs, else the
 * command. Untrusted text, with nothing hidden in it.
 */
export function openTurnWords({ pool }: Database): (turnId: string) => Promise<string | null> {
  return async (turnId) => {
    const { rows } = await pool.query<{ body: string }>(
      `SELECT e.body FROM effect f JOIN turn t ON t.id = f.turn_id
         JOIN event e ON e.session_id = t.session_id AND e.seq = f.intent_seq
       WHERE f.turn_id = $1 AND f.kind = 'command' AND f.state = 'intent' ORDER BY f.intent_seq DESC LIMIT 1`,
      [turnId],
    );
    if (!rows[0]) return null;
    const { title, request } = JSON.parse(rows[0].body) as EventBodies['effect.intent'];
    const asked = ('inline' in request ? request.inline : null) as { args?: { why?: unknown } } | null;
    const words = typeof asked?.args?.why === 'string' ? asked.args.why : `for ${title}`;
    return visible(words).slice(0, maxWords).toWellFormed();
  };
}
