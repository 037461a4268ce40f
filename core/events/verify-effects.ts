import { fingerprint } from './canonical.ts';
import type { Fault, FaultCode } from './fault.ts';
import type { ErasedRow, LogRow } from './log-row.ts';
import type { EventBodies, EventType } from './types.ts';

interface TurnStory {
  /** Effects begun, by key; null once settled. */
  open: Map<string, { seq: number; fingerprint: string }>;
  settled: Set<string>;
  /** Questions by the call that they block. */
  asked: Map<string, { approvalId: string; granted: boolean }>;
  posts: Set<string>;
  ended: boolean;
  /** Who asks, and what as it was last edited. */
  author: string;
  /** Null: erased. */
  text: string | null;
  /** The turn that heard this one's words, and has not ended it yet. */
  heardBy: string | null;
}

/**
 * What the rows say taken together: every effect has an intent, a grant where one was asked for, and one receipt; a
 * turn begins with its message, its epochs rise, and nothing of a worker follows its end. Words are compared where they
 * are not erased.
 */
export function checkEffects(rows: readonly LogRow[], erased: ReadonlyMap<number, ErasedRow>): Fault | null {
  const turns = new Map<string, TurnStory>();
  let epoch = 0;
  /** The turn that a worker has just ended: its seal stands right behind, over all that came before. */
  let unsealed: string | null = null;
  for (const row of rows) {
    if (unsealed !== null && (row.type !== 'turn.sealed' || row.turnId !== unsealed))
      return at(row, 'seal', `row ${row.seq} stands where the seal of ${unsealed} should be`);
    unsealed = row.type === 'turn.finished' ? row.turnId : null;
    if (row.epoch !== null && row.epoch < epoch)
      return at(row, 'epoch', `row ${row.seq} was written under epoch ${row.epoch} after ${epoch}`);
    epoch = Math.max(epoch, row.epoch ?? 0);
    if (row.turnId === null) continue;
    const story = turns.get(row.turnId);
    if (!story) {
      if (row.type !== 'turn.submitted')
        return at(row, 'order', `row ${row.seq} comes before the message of its turn`);
      const { author, text } = body<'turn.submitted'>(row);
      turns.set(row.turnId, {
        open: new Map(),
        settled: new Set(),
        asked: new Map(),
        posts: new Set(),
        ended: false,
        author: author.userId,
        text: erased.has(row.seq) ? null : text,
        heardBy: null,
      });
      continue;
    }
    const gone = erased.has(row.seq);
    const problem = row.type === 'turn.steered' ? hear(row, story, turns, gone) : checkStep(row, story, gone);
    if (problem) return problem;
  }
  const last = rows.at(-1);
  if (unsealed !== null && last)
    return at(last, 'seal', `row ${last.seq} ends a turn without a seal behind it`);
  return null;
}

function checkStep(row: LogRow, story: TurnStory, gone: boolean): Fault | null {
  if (row.type === 'turn.submitted') return at(row, 'order', `row ${row.seq} submits a turn a second time`);
  if (story.ended && row.epoch !== null && row.type !== 'turn.sealed') {
    return at(row, 'order', `row ${row.seq} was written by a worker after the end of its turn`);
  }
  switch (row.type) {
    case 'effect.intent':
      return begin(row, story, body<'effect.intent'>(row));
    case 'effect.receipt':
      return settle(row, story, body<'effect.receipt'>(row));
    case 'approval.opened':
      story.asked.set(row.key ?? '', { approvalId: body<'approval.opened'>(row).approvalId, granted: false });
      return null;
    case 'approval.decided': {
      const { approvalId, state } = body<'approval.decided'>(row);
      const question = story.asked.get(row.key ?? '');
      if (question?.approvalId !== approvalId)
        return at(row, 'approval', `row ${row.seq} answers a question that was not asked`);
      question.granted = state === 'granted';
      return null;
    }
    case 'post.intent':
      story.posts.add(body<'post.intent'>(row).postKey);
      return null;
    case 'post.receipt':
      return story.posts.has(body<'post.receipt'>(row).postKey)
        ? null
        : at(row, 'effect', `row ${row.seq} is the receipt of a post without an intent`);
    case 'turn.edited':
      story.text = gone ? null : body<'turn.edited'>(row).text;
      return null;
    case 'turn.cancelled': {
      const { reason, into = null } = body<'turn.cancelled'>(row);
      if ((reason === 'steered' ? into : null) !== story.heardBy)
        return at(row, 'steer', `row ${row.seq} ends a turn otherwise than its words were heard`);
      return end(row, story);
    }
    case 'turn.finished':
      if (story.heardBy !== null)
        return at(row, 'steer', `row ${row.seq} ends a turn whose words ${story.heardBy} has heard`);
      return end(row, story);
    default:
      return null;
  }
}

/** A running turn hears a queued one of its own author, word for word, within an effect, once. */
function hear(
  row: LogRow,
  story: TurnStory,
  turns: ReadonlyMap<string, TurnStory>,
  gone: boolean,
): Fault | null {
  const { by, from, text } = body<'turn.steered'>(row);
  const told = turns.get(from);
  if (story.ended || !story.open.has(row.key ?? ''))
    return at(row, 'steer', `row ${row.seq} tells a turn something outside of an effect`);
  if (!told || told.ended || told.heardBy !== null)
    return at(row, 'steer', `row ${row.seq} tells a turn what nobody has queued, or what is told already`);
  const others = !gone && told.text !== null && text !== told.text;
  if (by.userId !== told.author || told.author !== story.author || others)
    return at(row, 'steer', `row ${row.seq} tells a turn what its author has not said`);
  told.heardBy = row.turnId;
  return null;
}

function begin(row: LogRow, story: TurnStory, intent: EventBodies['effect.intent']): Fault | null {
  const key = row.key ?? '';
  const { kind, request } = intent;
  if ('inline' in request && fingerprint({ kind, request: request.inline }) !== intent.fingerprint)
    return at(row, 'effect', `row ${row.seq} does not ask for what its fingerprint says`);
  if (story.settled.has(key))
    return at(row, 'effect', `row ${row.seq} begins ${key} again after its receipt`);
  const question = story.asked.get(key.split('/', 1)[0] ?? '');
  if (question && !question.granted)
    return at(row, 'approval', `row ${row.seq} begins ${key} without the permission that was asked for`);
  const earlier = story.open.get(key);
  if (earlier && earlier.fingerprint !== intent.fingerprint)
    return at(row, 'effect', `row ${row.seq} begins ${key} as another effect`);
  story.open.set(key, { seq: row.seq, fingerprint: intent.fingerprint });
  return null;
}

function settle(row: LogRow, story: TurnStory, receipt: EventBodies['effect.receipt']): Fault | null {
  const key = row.key ?? '';
  if (story.settled.has(key)) return at(row, 'effect', `row ${row.seq} is a second receipt of ${key}`);
  const intent = story.open.get(key);
  if (!intent || intent.seq !== receipt.intent)
    return at(row, 'effect', `row ${row.seq} is the receipt of ${key} without its intent`);
  if (intent.fingerprint !== receipt.fingerprint)
    return at(row, 'effect', `row ${row.seq} is the receipt of another ${key} than the one that was begun`);
  story.open.delete(key);
  story.settled.add(key);
  return null;
}

function end(row: LogRow, story: TurnStory): Fault | null {
  if (story.ended) return at(row, 'order', `row ${row.seq} ends a turn a second time`);
  story.ended = true;
  const [first] = story.open;
  return first
    ? at(
        row,
        'effect',
        `row ${row.seq} ends a turn whose effect ${first[0]} (row ${first[1].seq}) has no receipt`,
      )
    : null;
}

function body<T extends EventType>(row: LogRow): EventBodies[T] {
  return JSON.parse(row.body) as EventBodies[T];
}

function at(row: LogRow, code: FaultCode, message: string): Fault {
  return { seq: row.seq, code, message };
}
