import type { PlaceName } from './places.ts';
import type { Dice } from './random.ts';

/** A message that a run sends, and what it should lead to. */
export interface Message {
  eventId: string;
  platform: PlaceName;
  /** `t0`, `t1`: its thread at that platform. */
  thread: string;
  author: string;
  text: string;
  /** Stands in the text, and so in whatever answers it, and in no other message. */
  mark: string;
  /** Each is appended once to the workspace's `effects.log` by a command of its own. */
  tokens: string[];
  /** What people answer if it asks. */
  allow: boolean;
  asks: boolean;
  /** When it is said, in ms from the run's start. */
  atMs: number;
  /** Further deliveries of the same message, in ms from the first; twins deliver as often as they are set to. */
  againMs: number[];
  /** False: it is said without a mention. */
  mention?: boolean;
  /** What its author does to it later, in ms after it is said: a new text, or null: it is deleted. */
  amended?: { afterMs: number; text: string | null };
}

/** A message as it was said. Times are on this process's clock (ms of `performance.now()`). */
export interface Said {
  message: Message;
  /** `console/…`, `slack/…`: the platform, and the thread as that names it. */
  thread: string;
  firstSentAt: number;
  /** Null: as far as is known, nobody took it. */
  takenAt: number | null;
}

export const effectsFile = '/workspace/effects.log';

/** How long messages keep coming, in ms. */
export const talkMs = 5_000;

export const people = ['ana', 'ben'] as const;

/** The messages of a seed: two threads a platform, two people, all kinds of work; delivered up to four times. */
export function writeScript(
  seed: number,
  dice: Dice,
  { count, platforms }: { count: number; platforms: readonly PlaceName[] },
): Message[] {
  return Array.from({ length: count }, (_, index) => {
    // Letters and digits only: every platform shows them as they are.
    const mark = `tok${seed}x${index}x`;
    const token = (part: number) => `${mark}${part}`;
    const atMs = dice.between(0, talkMs);
    const copies = dice.between(0, 3);
    return {
      eventId: `msg_${seed}_${index}`,
      mark,
      platform: platforms[index % platforms.length] ?? 'console',
      thread: `t${dice.between(0, 1)}`,
      author: dice.pick(people),
      ...writeText(dice, token),
      allow: dice.chance(0.6),
      atMs,
      againMs: Array.from({ length: copies }, () => dice.between(0, 3_000)),
    };
  });
}

function writeText(dice: Dice, token: (part: number) => string): Pick<Message, 'text' | 'tokens' | 'asks'> {
  const append = (part: number) => {
    const write = `echo ${token(part)} >> ${effectsFile}`;
    return dice.pick([
      write,
      `sleep 0.${dice.between(1, 9)}; ${write}`,
      `${write}; sleep 0.${dice.between(1, 9)}`,
    ]);
  };
  switch (dice.between(0, 5)) {
    case 0:
    case 1:
      return { text: `$ ${append(0)}`, tokens: [token(0)], asks: false };
    case 2:
      return {
        text: [0, 1, 2].map((part) => `$ ${append(part)}`).join('\n'),
        tokens: [0, 1, 2].map(token),
        asks: false,
      };
    case 3:
      return { text: `careful $ ${append(0)}`, tokens: [token(0)], asks: true };
    case 4:
      return { text: `plan first ${token(0)}, second`, tokens: [], asks: false };
    default:
      return { text: `write ${token(0)}.md: kept`, tokens: [], asks: false };
  }
}

/** The message whose mark stands in these words. */
export function markedIn(words: string, messages: readonly Message[]): Message | undefined {
  return messages.find(({ mark }) => words.includes(mark));
}
