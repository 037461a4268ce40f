import { writeSync } from 'node:fs';
import type { Database } from '#core/infra/database.ts';
import type { FarSide, SeenPost } from './far/far-side.ts';
import type { Loss } from './role-keeper.ts';

const queries = [
  'SELECT id, thread_ref, head_seq, shown_seq, shown_by, shown_until FROM session ORDER BY id',
  'SELECT id, session_id, seq, state, event_id, left(text, 120) AS text FROM turn ORDER BY session_id, seq',
  'SELECT turn_id, slot, key, state, platform_id, edited_at FROM post ORDER BY edited_at',
  `SELECT session_id, seq, turn_id, type, at FROM event WHERE type LIKE 'post.%' OR type LIKE 'turn.%' ORDER BY session_id, seq`,
];

interface Seen {
  posts: readonly SeenPost[];
  losses: readonly Loss[];
  sides: Iterable<FarSide>;
}

/**
 * Writes what a run with a fault left behind into its log: sessions, turns, posts as we know them and as they were seen,
 * ends of processes, and what the platforms know of their events.
 */
export async function writeLeavings(
  { pool }: Database,
  { posts, losses, sides }: Seen,
  log: number,
): Promise<void> {
  const line = (what: unknown) => writeSync(log, `${JSON.stringify(what)}\n`);
  for (const query of queries) for (const row of (await pool.query(query)).rows) line(row);
  for (const post of posts) line({ seen: post });
  for (const { at, ...loss } of losses) line({ ended: loss, at: new Date(at) });
  for (const side of sides) for (const what of side.leavings?.() ?? []) line(what);
}
