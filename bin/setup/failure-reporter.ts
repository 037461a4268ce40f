import type { TestEvent } from 'node:test/reporters';

/** One failure, one line of JSON: for who runs the tests, not for people. */
export interface FailedTest {
  file: string;
  /** The runtime itself gave up under this file (a native assertion), which no code of ours can bring about. */
  crashed: boolean;
}

const crashes = ['SIGABRT', 'SIGSEGV', 'SIGILL', 'SIGTRAP', 'SIGBUS'];

/** For node's test runner: every failure as a `FailedTest`. */
export default async function* failureReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:fail') continue;
    const { signal } = data.details.error as { signal?: string | null };
    const crashed = crashes.includes(signal ?? '');
    yield `${JSON.stringify({ file: data.file ?? '', crashed } satisfies FailedTest)}\n`;
  }
}
