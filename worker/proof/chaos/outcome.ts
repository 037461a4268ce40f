import type { SeenPost } from './far/far-side.ts';
import { markedIn, type Said } from './script.ts';

/** What a run came to. The first five must be 0. */
export interface Outcome {
  /** Messages without an answer of their own, and effects that were reported and did not happen. */
  lost: number;
  doubled_effects: number;
  doubled_posts: number;
  /** Answers that came before that of an earlier message of their thread. */
  inversions: number;
  /** Turns that had not ended at the deadline. */
  stuck: number;
  /** What is wrong, in words. */
  faults: string[];
}

/** What was seen from outside: at the platforms, and in the workspaces. */
export interface Observed {
  said: readonly Said[];
  posts: readonly SeenPost[];
  /** How often each command's token stands in its workspace. */
  effects: ReadonlyMap<string, number>;
  /** Event ids of messages whose turn had not ended. */
  unfinished: ReadonlySet<string>;
}

type Count = (what: Exclude<keyof Outcome, 'faults'>, words: string, times?: number) => void;

/** Counts outcomes from what was seen from outside. Pure. */
export function judge({ said, posts, effects, unfinished }: Observed): Outcome {
  const outcome: Outcome = {
    ...{ lost: 0, doubled_effects: 0, doubled_posts: 0, inversions: 0, stuck: 0 },
    faults: [],
  };
  const count: Count = (what, words, times = 1) => {
    if (times <= 0) return;
    outcome[what] += times;
    outcome.faults.push(`${what}: ${words}`);
  };

  const missing = unanswered(said, posts);
  for (const { message, thread } of missing)
    count(
      unfinished.has(message.eventId) ? 'stuck' : 'lost',
      `${message.eventId} has no answer in ${thread}`,
    );
  for (const { message, thread } of said) {
    const own = answersTo(message.eventId, said, posts);
    count('doubled_posts', `${message.eventId} has ${own.length} answers`, own.length - 1);
    const [answer] = own.filter((post) => post.thread === thread);
    if (answer) judgeEffects(message.tokens, answer.text, effects, count);
  }
  for (const [thread, extra] of surplus(said, posts))
    count('doubled_posts', `${thread} has ${extra} answers that nobody asked for`, extra);
  for (const [what, times] of repeated(posts)) count('doubled_posts', `${what} stands twice`, times);
  for (const words of inversions(said, posts)) count('inversions', words);
  return outcome;
}

/**
 * Messages that have no answer in their thread. One that failed bears no mark: it stands for any that has none. `among`: all
 * that was said, where only some of it must be answered: what answers the rest stands for nobody else.
 */
export function unanswered<One extends Said>(
  said: readonly One[],
  posts: readonly SeenPost[],
  among: readonly Said[] = said,
): One[] {
  const unmarked = unmarkedAnswers(among, posts);
  return said.filter(({ message, thread }) => {
    if (answersTo(message.eventId, said, posts).some((post) => post.thread === thread)) return false;
    const left = unmarked.get(thread) ?? 0;
    unmarked.set(thread, left - 1);
    return left <= 0;
  });
}

/** By thread, how many answers are left over when every message has had one. */
export function surplus(said: readonly Said[], posts: readonly SeenPost[]): [string, number][] {
  const unmarked = unmarkedAnswers(said, posts);
  for (const { message, thread } of said) {
    if (answersTo(message.eventId, said, posts).some((post) => post.thread === thread)) continue;
    unmarked.set(thread, (unmarked.get(thread) ?? 0) - 1);
  }
  return [...unmarked].filter(([, left]) => left > 0);
}

function unmarkedAnswers(said: readonly Said[], posts: readonly SeenPost[]): Map<string, number> {
  const script = said.map(({ message }) => message);
  const counts = new Map<string, number>();
  for (const { kind, about, thread } of posts) {
    if (kind === 'answer' && !markedIn(about, script)) counts.set(thread, (counts.get(thread) ?? 0) + 1);
  }
  return counts;
}

function answersTo(eventId: string, said: readonly Said[], posts: readonly SeenPost[]): SeenPost[] {
  const own = said.filter(({ message }) => message.eventId === eventId).map(({ message }) => message);
  return posts.filter(({ kind, about }) => kind === 'answer' && markedIn(about, own) !== undefined);
}

function judgeEffects(
  tokens: readonly string[],
  answer: string,
  effects: ReadonlyMap<string, number>,
  count: Count,
): void {
  for (const token of tokens) {
    const times = effects.get(token) ?? 0;
    const told = answer.split(/\n\n(?=`|Nothing was run)/).find((part) => part.includes(token));
    const most = told?.startsWith('Nothing was run') ? 0 : 1;
    count('doubled_effects', `${token} happened ${times} times: ${told}`, times - most);
    if (told?.includes('exit code 0') && times === 0) count('lost', `${token} never happened: ${told}`);
    if (told?.includes('ended by a signal')) count('lost', `${token} was killed by us: ${told}`);
  }
}

/** Posts of one key, and cards of one question, that stand more than once; with how often too many. */
export function repeated(posts: readonly SeenPost[]): [string, number][] {
  const seen = new Map<string, number>();
  const see = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  for (const { kind, key, about, text, thread } of posts) {
    if (key !== null) see(`key ${key}`);
    else if (kind === 'card') see(`${thread} ${about} ${text}`);
  }
  return [...seen].map(([what, times]) => [what, times - 1]);
}

/** A message that was taken before another one of its thread was even sent must be answered before it. */
function inversions(said: readonly Said[], posts: readonly SeenPost[]): string[] {
  const placeOf = ({ message }: Said) => answersTo(message.eventId, said, posts)[0]?.place ?? null;
  const words: string[] = [];
  for (const earlier of said) {
    for (const later of said) {
      if (earlier.thread !== later.thread || earlier.takenAt === null) continue;
      if (earlier.takenAt >= later.firstSentAt) continue;
      const [first, second] = [placeOf(earlier), placeOf(later)];
      if (first === null || second === null || first < second) continue;
      words.push(`${later.message.eventId} was answered before ${earlier.message.eventId}`);
    }
  }
  return words;
}
