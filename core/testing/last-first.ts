/** Anything that can be asked to release something at its end: a test, or what `lastFirst` gives. */
export interface Releases {
  after(release: () => Promise<void>): void;
}

/** A test's releases in the order that is right for resources: last opened, first closed. node:test runs them first to last. */
export function lastFirst(t: Releases): Releases {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  return { after: (release) => void stack.defer(release) };
}
