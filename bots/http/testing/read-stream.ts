import { readEvents, type StreamEvent } from '#bots/cli/read-events.ts';
import type { Releases } from '#core/testing/last-first.ts';

export interface StreamReader {
  /** All events so far, in order. */
  readonly events: StreamEvent[];
  /** Reads on to the first event that fits. Fails when the stream ends, or 10 s bring none. */
  until(fits: (event: StreamEvent) => boolean): Promise<StreamEvent>;
  close(): void;
}

/** Reads an event stream of the API as the owner of a key. */
export function readStream(t: Releases, url: string, key: string, lastId?: string): StreamReader {
  const ending = new AbortController();
  t.after(async () => ending.abort());
  const headers = {
    authorization: `Bearer ${key}`,
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  };
  const events: StreamEvent[] = [];
  const incoming = (async function* () {
    const response = await fetch(url, { headers, signal: ending.signal });
    if (!response.ok || !response.body) throw new Error(`stream answered ${response.status}`);
    yield* readEvents(response.body);
  })();
  return {
    events,
    close: () => ending.abort(),
    until: async (fits) => {
      const timer = setTimeout(() => ending.abort(new Error('no such event within 10 s')), 10_000);
      try {
        for (;;) {
          const { value, done } = await incoming.next();
          if (done) throw new Error('the stream ended');
          events.push(value);
          if (fits(value)) return value;
        }
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
