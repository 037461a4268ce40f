import { setTimeout as sleep } from 'node:timers/promises';
import type { FarSide, SeenPost } from './far/far-side.ts';
import { unanswered } from './outcome.ts';
import type { PlaceName } from './places.ts';
import { openDice } from './random.ts';
import { type Message, markedIn, type Said } from './script.ts';

export type Sides = ReadonlyMap<PlaceName, FarSide>;

const lookMs = 250;
const pressAgainMs = 1_500;

/** Says a script at its times; resolves when everything is said. One after the other in each thread, as people do. */
export async function talk(script: readonly Message[], sides: Sides, over: AbortSignal): Promise<Said[]> {
  const started = performance.now();
  const amending: Promise<void>[] = [];
  const threads = Map.groupBy(script, ({ platform, thread }) => `${platform}/${thread}`);
  const inThread = async (messages: Message[]): Promise<Said[]> => {
    const said: Said[] = [];
    for (const message of messages.sort((a, b) => a.atMs - b.atMs)) {
      await sleep(Math.max(0, message.atMs - (performance.now() - started)), undefined, { signal: over });
      const side = sides.get(message.platform);
      if (!side) throw new Error(`nothing stands for ${message.platform}`);
      const one: Said = { message, thread: '', firstSentAt: performance.now(), takenAt: null };
      const taken = () => {
        one.takenAt ??= performance.now();
      };
      one.thread = `${side.name}/${await side.say(message, taken, over)}`;
      said.push(one);
      if (message.amended) amending.push(amend(side, message, message.amended, over));
    }
    return said;
  };
  const said = (await Promise.all([...threads.values()].map(inThread))).flat();
  await Promise.all(amending);
  return said;
}

async function amend(
  side: FarSide,
  message: Message,
  { afterMs, text }: NonNullable<Message['amended']>,
  over: AbortSignal,
): Promise<void> {
  await sleep(afterMs, undefined, { signal: over });
  await side.amend(message, text, over);
}

/** All posts of all platforms; threads are named as in `Said`. */
export async function readPosts(sides: Sides): Promise<SeenPost[]> {
  const each = [...sides.values()].map(async (side) =>
    (await side.posts()).map((post) => ({ ...post, thread: `${side.name}/${post.thread}` })),
  );
  return (await Promise.all(each)).flat();
}

/** Presses the button of every card that is shown, some time later, and again until the card says so. */
export async function pressCards(
  script: readonly Message[],
  sides: Sides,
  seed: number,
  over: AbortSignal,
): Promise<void> {
  const due = new Map<string, number>();
  while (!over.aborted) {
    for (const side of sides.values()) {
      for (const card of (await side.posts()).filter(({ asks }) => asks)) {
        const message = markedIn(card.about, script);
        if (!message) continue;
        const name = `${side.name}/${card.id}`;
        const at = due.get(name) ?? performance.now() + openDice(seed + message.atMs).between(50, 4_000);
        due.set(name, at);
        if (performance.now() < at) continue;
        due.set(name, performance.now() + pressAgainMs);
        await side.press(card, message.author, message.allow).catch(() => {});
      }
    }
    await sleep(lookMs, undefined, { signal: over }).catch(() => {});
  }
}

/** Resolves when every message has its answer, or nothing has come for so long. */
export async function untilAnswered(
  said: readonly Said[],
  sides: Sides,
  deadlineMs: number,
  stop: AbortSignal,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (performance.now() < end && unanswered(said, await readPosts(sides)).length > 0)
    await sleep(lookMs, undefined, { signal: stop });
}
