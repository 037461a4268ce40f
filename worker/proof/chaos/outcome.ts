import { formatThreadRef } from '#core/chat/thread-ref.ts';
import type { SeenPost } from './chat-double.ts';
import { type Delivered, threadOf } from './delivery.ts';
import type { Message } from './script.ts';

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

/** What was seen from outside: at the chat double, and in the workspaces. */
export interface Observed {
  delivered: readonly Delivered[];
  posts: readonly SeenPost[];
  /** How often each command's token stands in its workspace. */
  effects: ReadonlyMap<string, number>;
  /** Event ids of messages whose turn had not ended. */
  unfinished: ReadonlySet<string>;
}

/** Counts outcomes from what was seen from outside. Pure. */
export function judge({ delivered, posts, effects, unfinished }: Observed): Outcome {
  const outcome: Outcome = {
    lost: 0,
    doubled_effects: 0,
    doubled_posts: 0,
    inversions: 0,
    stuck: 0,
    faults: [],
  };
  const count = (what: Exclude<keyof Outcome, 'faults'>, words: string, times = 1) => {
    if (times <= 0) return;
    outcome[what] += times;
    outcome.faults.push(`${what}: ${words}`);
  };

  const answers = posts.filter((post) => post.kind === 'answer');
  for (const { message } of delivered) {
    const own = answers.filter((post) => post.content.asked === message.text);
    const there = own.filter((post) => post.thread === formatThreadRef(threadOf(message)));
    const [answer] = there;
    if (!answer)
      count(unfinished.has(message.eventId) ? 'stuck' : 'lost', `${message.eventId} has no answer`);
    count('doubled_posts', `${message.eventId} has ${own.length} answers`, own.length - 1);
    if (answer) judgeEffects(message, answer.content.text, effects, count);
  }
  for (const [what, times] of repeatedCards(posts)) count('doubled_posts', `${what} stands twice`, times);
  for (const words of inversions(delivered, answers)) count('inversions', words);
  return outcome;
}

function judgeEffects(
  message: Message,
  answer: string,
  effects: ReadonlyMap<string, number>,
  count: (what: 'lost' | 'doubled_effects', words: string, times?: number) => void,
): void {
  for (const token of message.tokens) {
    const times = effects.get(token) ?? 0;
    const told = answer.split(/\n\n(?=`|Nothing was run)/).find((part) => part.includes(token));
    const most = told?.startsWith('Nothing was run') ? 0 : 1;
    count('doubled_effects', `${token} happened ${times} times: ${told}`, times - most);
    if (told?.includes('exit code 0') && times === 0) count('lost', `${token} never happened: ${told}`);
    if (told?.includes('ended by a signal')) count('lost', `${token} was killed by us: ${told}`);
  }
}

/** Posts other than answers that stand more than once, with how often too many. */
function repeatedCards(posts: readonly SeenPost[]): [string, number][] {
  const seen = new Map<string, number>();
  for (const { kind, content } of posts) {
    if (kind === 'answer') continue;
    const what = `${kind} ${content.asked} ${content.text}`;
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
  return [...seen].map(([what, times]) => [what, times - 1]);
}

/** A message that was taken before another one of its thread was even sent must be answered before it. */
function inversions(delivered: readonly Delivered[], answers: readonly SeenPost[]): string[] {
  const placeOf = ({ message }: Delivered) =>
    answers.find((post) => post.content.asked === message.text)?.place ?? null;
  const words: string[] = [];
  for (const earlier of delivered) {
    for (const later of delivered) {
      if (earlier.message.thread !== later.message.thread || earlier.takenAt === null) continue;
      if (earlier.takenAt >= later.firstSentAt) continue;
      const [first, second] = [placeOf(earlier), placeOf(later)];
      if (first === null || second === null || first < second) continue;
      words.push(`${later.message.eventId} was answered before ${earlier.message.eventId}`);
    }
  }
  return words;
}
