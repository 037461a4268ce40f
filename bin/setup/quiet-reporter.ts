import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

type Failure = Extract<TestEvent, { type: 'test:fail' }>['data'];

/** For node's test runner: each failure with its place and cause, then the runner's own closing lines; nothing else. */
export default async function* quietReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type === 'test:fail' && isOwnFailure(data)) yield describe(data);
    else if (type === 'test:diagnostic' && data.nesting === 0) yield `ℹ ${data.message}\n`;
    else if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
  }
}

/** A suite or file that failed because something inside it did adds nothing. */
function isOwnFailure({ details }: Failure): boolean {
  return (details.error as { failureType?: string }).failureType !== 'subtestsFailed';
}

function describe({ name, file, line, details }: Failure): string {
  const error = details.error.cause ?? details.error;
  const words = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
  const place = file ? `${relative(process.cwd(), file)}:${line ?? 1}` : '';
  return `\n✗ ${name}\n  ${place}\n${words.replace(/^/gm, '  ')}\n\n`;
}
