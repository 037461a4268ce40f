import { until } from '#core/testing/until.ts';
import type { ChatStage, Place, SeenPost } from './stage.ts';

/** Waits for a post of ours in a thread that these words stand in. */
export function postWith(stage: ChatStage, place: Place, words: string | RegExp): Promise<SeenPost> {
  const fits = ({ text }: SeenPost) => (typeof words === 'string' ? text.includes(words) : words.test(text));
  return until(async () => (await stage.posts(place)).find(fits), `a post with ${words}`);
}

/** Waits until so many of our posts answer in a thread, and gives them. */
export function answers(stage: ChatStage, place: Place, count: number): Promise<SeenPost[]> {
  return until(async () => {
    const found = (await stage.posts(place)).filter(isAnswer);
    return found.length >= count ? found : null;
  }, `${count} answers`);
}

/** Every answer ends with the receipt line. */
export function isAnswer({ text }: SeenPost): boolean {
  return text.includes('⚓');
}

/** Resolves once nothing is left to do and every thread shows its log. */
export async function settled({ core }: ChatStage): Promise<void> {
  await until(async () => {
    const { rows } = await core.database.pool.query(
      `SELECT 1 FROM turn WHERE state IN ('queued', 'running')
       UNION ALL SELECT 1 FROM session s WHERE EXISTS (SELECT 1 FROM event e WHERE e.session_id = s.id
         AND e.seq > s.shown_seq AND e.type NOT LIKE 'post.%')
       UNION ALL SELECT 1 FROM notice WHERE state = 'reserved'`,
    );
    return rows.length === 0 ? true : null;
  }, 'quiet');
}

/** How many turns there are. */
export async function turnCount({ core }: ChatStage): Promise<number> {
  const { rows } = await core.database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM turn');
  return rows[0]?.n ?? 0;
}

/** The bots role ends and starts anew on the same database. */
export async function restart(stage: ChatStage): Promise<void> {
  await (await stage.goAway())();
}

/** A part of the stage that not every platform has. @throws when it is not there */
export function need<T>(part: T | null, what: string): T {
  if (part === null) throw new Error(`this platform has no ${what}: leave this part of the contract out`);
  return part;
}

/** Asks for the end of the turn that runs, as somebody on the page would. */
export async function stopOnPage({ core }: ChatStage, name: string): Promise<void> {
  const turn = await until(async () => {
    const { rows } = await core.database.pool.query<{ id: string; session_id: string }>(
      `SELECT id, session_id FROM turn WHERE state = 'running'`,
    );
    return rows[0];
  }, 'the turn that runs');
  await core.turns.stop(turn.id, { userId: 'usr_page', name });
  core.live.publish({ kind: 'stop', sessionId: turn.session_id, turnId: turn.id });
}
