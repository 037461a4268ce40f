import type { SeenPost } from '../chaos/far/far-side.ts';
import { repeated, surplus, unanswered } from '../chaos/outcome.ts';
import { markedIn, type Said } from '../chaos/script.ts';
import type { Deed } from './script.ts';

/** What a round came to, for each message that was received. All must be 0. */
export interface Tally {
  /** Neither answered, nor visibly refused. */
  lost: number;
  /** Answered or refused more than once. */
  doubled: number;
  /** Answered in another thread. */
  misplaced: number;
  /** Run for, or decided by, somebody who may not; or answered although it was not for us. */
  unauthorised: number;
}

export interface Verdict extends Tally {
  faults: { seed: number; words: string }[];
}

export type SaidDeed = Said & { message: Deed };

/** Counts from what a reader of the platforms finds, and from nothing else. Pure. */
export function judgeRound(said: readonly SaidDeed[], posts: readonly SeenPost[]): Verdict {
  const verdict: Verdict = { lost: 0, doubled: 0, misplaced: 0, unauthorised: 0, faults: [] };
  const count = (what: keyof Tally, { seed, eventId, platform }: Deed, words: string, times = 1) => {
    if (times <= 0) return;
    verdict[what] += times;
    verdict.faults.push({ seed, words: `${what}: ${eventId} on ${platform}: ${words}` });
  };

  const countDoubled = (words: string, times: number) => {
    if (times <= 0) return;
    verdict.doubled += times;
    verdict.faults.push({ seed: 0, words: `doubled: ${words}` });
  };
  for (const { message, thread } of unansweredOf(said, posts))
    count('lost', message, `no answer to “${message.text}”; ${standsIn(thread, posts)}`);
  for (const { message, thread } of said) {
    const about = posts.filter((post) => markedIn(post.about, [message]));
    const answers = about.filter(({ kind }) => kind === 'answer');
    const here = posts.filter((post) => post.thread === thread);
    const elsewhere = about.filter((post) => post.kind !== 'other' && post.thread !== thread);
    count('misplaced', message, 'answered or asked elsewhere', elsewhere.length);
    if (message.fate === 'ignored') count('unauthorised', message, 'not for us', here.length);
    else if (message.fate === 'refused') {
      const others = here.filter(({ kind }) => kind !== 'answer');
      count('unauthorised', message, 'answered', answers.length);
      if (others.length === 0) count('lost', message, 'not told why not');
      count('doubled', message, `told ${others.length} times`, others.length - 1);
    } else {
      count('doubled', message, `${answers.length} answers`, answers.length - 1);
      const wrong = about.filter(
        (post) => post.kind === 'card' && !decidedByAuthor(post.text, message.author),
      );
      count('unauthorised', message, 'decided by another', wrong.length);
    }
  }
  for (const [what, times] of repeated(posts)) countDoubled(`${what} stands twice`, times);
  const answerable = said.filter(({ message: { fate } }) => fate.startsWith('answered'));
  const threads = new Set(answerable.map(({ thread }) => thread));
  for (const [thread, extra] of surplus(
    answerable,
    posts.filter((post) => threads.has(post.thread)),
  ))
    countDoubled(`${thread} has answers that nobody asked for`, extra);
  return verdict;
}

/** What must be answered and is not. What answers the rest of what was said stands for none of it. */
function unansweredOf(said: readonly SaidDeed[], posts: readonly SeenPost[]): SaidDeed[] {
  return unanswered(
    said.filter(({ message }) => message.fate === 'answered'),
    posts,
    said,
  );
}

function standsIn(thread: string, posts: readonly SeenPost[]): string {
  const here = posts.filter((post) => post.thread === thread);
  if (here.length === 0) return `nothing stands in ${thread}`;
  return `in ${thread}: ${here.map(({ kind, text }) => `${kind} “${text.replace(/\s+/g, ' ').slice(0, 120)}”`).join(', ')}`;
}

/** The messages whose fate has not shown yet. */
export function undecided(said: readonly SaidDeed[], posts: readonly SeenPost[]): SaidDeed[] {
  const open = unansweredOf(said, posts);
  const untold = said.filter(
    ({ message, thread }) =>
      message.fate === 'refused' && !posts.some((post) => post.thread === thread && post.kind === 'other'),
  );
  return [...open, ...untold];
}

/** `✅ Ana allowed this once`, `❌ Ana denied this`; a card that nobody has decided is nobody's offence. */
function decidedByAuthor(text: string, author: string): boolean {
  const decided = /[✅❌] (.+?) (?:allowed|denied) this/u.exec(text);
  return decided === null || decided[1] === author;
}
