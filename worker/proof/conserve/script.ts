import { isStranger } from '../chaos/far/far-side.ts';
import type { PlaceName } from '../chaos/places.ts';
import type { Dice } from '../chaos/random.ts';
import { maxMessageBytes } from '../chaos/role-settings.ts';
import type { Message } from '../chaos/script.ts';

/** What a message must come to (I1). */
export type Fate =
  /** One answer in its own thread. */
  | 'answered'
  /** One answer, or none when it was deleted while it was queued. */
  | 'answered-or-withdrawn'
  /** One line that says why not, and nothing else. */
  | 'refused'
  /** Nothing at all: it was not for us. */
  | 'ignored';

export interface Deed extends Message {
  seed: number;
  fate: Fate;
}

export const strangers = ['stranger1'] as const;
const members = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8'] as const;
export const everybody = [...members, ...strangers];

/** How long a round's messages keep coming, in ms. */
export const talkMs = 8_000;

/** The messages of one seed: some of everything that people do. Threads are the seed's own. */
export function writeDeeds(
  seed: number,
  dice: Dice,
  { count, platforms }: { count: number; platforms: readonly PlaceName[] },
): Deed[] {
  const deeds = Array.from({ length: count }, (_, index): Deed => {
    const platform = platforms[dice.between(0, platforms.length - 1)] ?? 'console';
    const mark = `tok${seed}x${index}x`;
    const base = {
      ...{ seed, platform, mark, eventId: `msg_${seed}_${index}`, author: dice.pick(members) },
      ...{ tokens: [], allow: dice.chance(0.5), asks: false },
      atMs: dice.between(0, talkMs),
      againMs: Array.from({ length: dice.between(0, 3) }, () => dice.between(0, 3_000)),
    };
    // What is refused or ignored stands alone, so that what is said to it can be told from the rest.
    const alone = { ...base, thread: `s${seed}n${index}` };
    const thread = `s${seed}t${dice.between(0, 1)}`;
    const within = { ...base, thread };
    const kind = dice.between(0, 11);
    if (kind === 0) return { ...alone, text: `${mark} ${'x'.repeat(maxMessageBytes)}`, fate: 'refused' };
    if (kind === 1) return { ...alone, text: '', fate: 'refused' };
    if (kind === 2) return { ...alone, text: `did you see ${mark}?`, mention: false, fate: 'ignored' };
    // Discord and the console know nobody who may not speak.
    if (kind === 3 && (platform === 'slack' || platform === 'matrix'))
      return { ...alone, author: dice.pick(strangers), text: `$ echo ${mark}`, fate: 'refused' };
    if (kind === 4) return { ...within, asks: true, text: `careful $ echo ${mark}`, fate: 'answered' };
    const text = dice.pick([
      `$ echo ${mark}`,
      `$ sleep 0.${dice.between(1, 9)}; echo ${mark}`,
      `write ${mark}.md: kept`,
    ]);
    const afterMs = dice.between(0, 1_500);
    if (kind === 5)
      return { ...within, text, amended: { afterMs, text: null }, fate: 'answered-or-withdrawn' };
    if (kind <= 7) {
      const edited = `$ echo ${mark} edited`;
      return { ...within, text, amended: { afterMs, text: edited }, fate: 'answered' };
    }
    return { ...within, text, fate: 'answered' };
  });
  return deeds.map((deed) => (begins(deed, deeds) ? kept(deed) : deed));
}

/** Is it said first in its thread? */
function begins({ platform, thread, atMs }: Deed, all: readonly Deed[]): boolean {
  return !all.some((one) => one.platform === platform && one.thread === thread && one.atMs < atMs);
}

/** A thread whose first message is deleted is another story on each platform. */
function kept(deed: Deed): Deed {
  if (deed.fate !== 'answered-or-withdrawn') return deed;
  const { amended: _, ...rest } = deed;
  return { ...rest, fate: 'answered' };
}

/** Somebody who presses a card that is not theirs. */
export function otherThan(author: string): string {
  return members.find((name) => name !== author && !isStranger(name)) ?? 'p1';
}
