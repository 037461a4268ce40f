import { setTimeout as sleep } from 'node:timers/promises';

/** Anything that can be asked to release something at its end: a test, or what `lastFirst` gives. */
export interface Releases {
  after(release: () => Promise<void>): void;
}

/** node:test waits for ever for what runs after a test: one that hangs would hold up all others. */
const withinMs = 60_000;

/** A test's releases in the order that is right for resources: last opened, first closed. node:test runs them first to last. */
export function lastFirst(t: Releases): Releases {
  const stack = new AsyncDisposableStack();
  t.after(async () => {
    const late = sleep(withinMs, 'late', { ref: false });
    if ((await Promise.race([stack.disposeAsync(), late])) === 'late') {
      throw new Error(`what the test had opened was not closed within ${withinMs / 1000} s`);
    }
  });
  return { after: (release) => void stack.defer(release) };
}
