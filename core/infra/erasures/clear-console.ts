import { type ErasedPerson, erasedText } from '#core/events/erasure.ts';
import type { Queryable } from '../database.ts';

interface Message {
  id: string;
  threadId: string;
  content: string;
  /** It is theirs: said by them, an answer to them, or a notice in a thread that they spoke in. */
  own: boolean;
}

interface Content {
  type: string;
  author?: { userId: string };
}

/** Whatever they wrote in the console, also where nothing came of it. */
export function clearSaid(db: Queryable, person: ErasedPerson): Promise<void> {
  return clearConsole(db, person, { id: '', turns: [], sole: false });
}

/**
 * The console is a chat platform of our own: what was answered to their turns of one session goes. Posts about other people's
 * turns lose their name.
 */
export async function clearConsole(
  db: Queryable,
  person: ErasedPerson,
  session: { id: string; turns: string[]; sole: boolean },
): Promise<void> {
  const { rows } = await db.query<Message>(
    `SELECT m.id, m.thread_id AS "threadId", m.content,
       $4::boolean OR m.author_id = $1 OR n.key IS NOT NULL OR coalesce(p.turn_id = ANY($3), false) AS own
     FROM console_message m
     LEFT JOIN post p ON p.key = m.key
     LEFT JOIN notice n ON n.post_key = m.key AND cardinality($3::text[]) > 0
     WHERE (m.author_id = $1 AND $2 = '') OR p.session_id = $2
       OR n.thread_ref = (SELECT s.thread_ref FROM session s WHERE s.id = $2)`,
    [person.userId, session.id, session.turns, session.sole],
  );
  for (const { id, threadId, content, own } of rows) {
    const left = own ? erasedContent(content) : withoutNames(content, person.names);
    if (left === content) continue;
    await db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [threadId]);
    await db.query(
      `UPDATE console_message SET content = $2, edited_at = now(),
         change = nextval(pg_get_serial_sequence('console_message', 'seq')) WHERE id = $1`,
      [id, left],
    );
  }
}

function erasedContent(content: string): string {
  const was = JSON.parse(content) as Content;
  const left =
    was.type === 'said'
      ? { ...was, author: { ...was.author, name: erasedText }, text: erasedText, files: [] }
      : { ...was, blocks: [{ type: 'markdown', text: erasedText }] };
  return JSON.stringify(left);
}

/** What was answered to others is theirs; who allowed or stopped something stands in the lines beside it. */
const ofOthers = new Set(['markdown', 'files']);

function withoutNames(content: string, names: readonly string[]): string {
  const was = JSON.parse(content) as Content & { blocks?: { type: string }[] };
  if (!was.blocks) return content;
  const blocks = was.blocks.map((block) => (ofOthers.has(block.type) ? block : unnamed(block, names)));
  return JSON.stringify({ ...was, blocks });
}

function unnamed(value: unknown, names: readonly string[]): unknown {
  if (typeof value === 'string') return names.reduce(withoutName, value);
  if (Array.isArray(value)) return value.map((one) => unnamed(one, names));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unnamed(one, names)]));
}

/** As a word of its own: Al is not in Allow. */
function withoutName(text: string, name: string): string {
  const word = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return name === ''
    ? text
    : text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'gu'), erasedText);
}
