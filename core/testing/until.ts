import { setTimeout as sleep } from 'node:timers/promises';

const usualMs = 30_000;

/** Waits for a fact: asks again until there is an answer. @throws after 30 s or `withinMs`, naming what was waited for. */
export async function until<T>(
  ask: () => Promise<T | null | undefined>,
  what: string,
  withinMs = usualMs,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
    await sleep(20);
  }
}

/** Waits for what is under way. @throws after 30 s or `withinMs`, naming what was waited for. */
export async function inTime<T>(work: Promise<T>, what: string, withinMs = usualMs): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`waited ${withinMs / 1000} s in vain for ${what}`)),
    withinMs,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
