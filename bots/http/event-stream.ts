import type { HttpDeps } from './deps.ts';
import type { LiveHub } from './live-hub.ts';
import { createNudge } from './nudge.ts';
import type { EventSink } from './sse.ts';

/** Whoever missed a signal looks by himself after this. */
const lookMs = 5_000;
const batch = 200;

/**
 * Feeds one reader of a session's log: all events behind `after`, each once and in order, then new ones. It listens
 * before it reads, so that nothing falls in between.
 */
export async function streamEvents(
  { sessions }: Pick<HttpDeps, 'sessions'>,
  hub: LiveHub,
  sessionId: string,
  after: number,
  sink: EventSink,
): Promise<void> {
  const nudge = createNudge();
  const unlisten = hub.listen(sessionId, (signal) => {
    if (signal.kind === 'events') nudge.ring();
  });
  try {
    let seen = after;
    while (!sink.closed.aborted) {
      const from = seen;
      const events = await hub.shared(sessionId, `events ${from}`, () =>
        sessions.events(sessionId, from, batch),
      );
      for (const event of events) {
        await sink.room();
        if (sink.closed.aborted) return;
        sink.send('event', event, event.seq);
        seen = event.seq;
      }
      if (events.length < batch) await nudge.wait(lookMs, sink.closed);
    }
  } finally {
    unlisten();
  }
}
