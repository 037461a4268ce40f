import { visible } from '#core/approvals/visible.ts';
import type { EventBodies } from '#core/events/types.ts';
import type { Database } from '../database.ts';

const maxWords = 500;
/** Of what runs side by side: a card is no list of everything. */
const maxNamed = 3;

/**
 * Why a turn reaches out now, for the card: the reason that the agent gave with what runs (a command, or a call of a tool
 * server), else what runs. Where several run it is not known which of them asks; where none runs, the last command has
 * left something behind. Untrusted text, with nothing hidden in it. Null: the turn has not done anything yet.
 */
export function openTurnWords({ pool }: Database): (turnId: string) => Promise<string | null> {
  return async (turnId) => {
    const { rows } = await pool.query<{ body: string; runs: boolean }>({
      name: 'turn_words',
      text: `SELECT e.body, f.state = 'intent' AS runs FROM effect f JOIN turn t ON t.id = f.turn_id
         JOIN event e ON e.session_id = t.session_id AND e.seq = f.intent_seq
       WHERE f.turn_id = $1 AND (f.kind = 'command' OR f.kind = 'tool' AND f.state = 'intent')
       ORDER BY f.state = 'intent' DESC, f.intent_seq DESC LIMIT $2`,
      values: [turnId, maxNamed],
    });
    const running = rows.filter(({ runs }) => runs);
    const words = (running.length > 0 ? running : rows.slice(0, 1)).map(({ body }) => wordsOf(body));
    if (words.length === 0) return null;
    const said = words.length === 1 ? `${words[0]}` : `one of these: ${words.join('; ')}`;
    return visible(said).slice(0, maxWords).toWellFormed();
  };
}

function wordsOf(body: string): string {
  const { title, request } = JSON.parse(body) as EventBodies['effect.intent'];
  const asked = ('inline' in request ? request.inline : null) as { args?: { why?: unknown } } | null;
  const why = asked?.args?.why;
  return typeof why === 'string' && why.trim() !== '' ? why : `for ${title}`;
}
