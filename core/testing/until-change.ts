import type { EventEmitter } from 'node:events';

/**
 * Waits for a fact about something that emits `change`: looks at once and at each change, gives the first truthy answer.
 * @throws after `withinMs` of real time, naming what was waited for
 */
export function untilChange<T>(
  bell: EventEmitter,
  what: string,
  answer: () => T | undefined | false | null,
  withinMs: number,
): Promise<T> {
  return new Promise((done, fail) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      bell.off('change', check);
      settle();
    };
    const check = (): void => {
      try {
        const found = answer();
        if (found) end(() => done(found));
      } catch (error) {
        end(() => fail(error));
      }
    };
    const late = new Error(`not within ${withinMs} ms: ${what}`);
    const timer = setTimeout(() => end(() => fail(late)), withinMs);
    bell.on('change', check);
    check();
  });
}
