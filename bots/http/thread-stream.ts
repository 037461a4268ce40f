import { setTimeout as delay } from 'node:timers/promises';
import { consoleThread } from '#bots/console/types.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import type { LiveSignal } from '#core/live/ports.ts';
import type { HttpDeps } from './deps.ts';
import type { LiveHub } from './live-hub.ts';
import { createNudge } from './nudge.ts';
import { presentMessage } from './presenters.ts';
import type { EventSink } from './sse.ts';

/** Whoever missed a signal looks by himself after this. */
const lookMs = 10_000;
/** Signals within this time are one event for the reader. */
const gatherMs = 40;
const batch = 100;

type Words = Extract<LiveSignal, { kind: 'answer' | 'output' }>;
type ThreadDeps = Pick<HttpDeps, 'threads' | 'sessions' | 'turns'>;

/**
 * Feeds one reader of a thread. `message` events carry ids and are complete and in order behind `after`; `status`,
 * `answer`, `output` and `threads` tell how things stand now and may be lost.
 */
export async function streamThread(
  deps: ThreadDeps,
  hub: LiveHub,
  threadId: string,
  after: number,
  sink: EventSink,
): Promise<void> {
  const nudge = createNudge();
  const words: Words[] = [];
  const unlisten = [
    hub.listen(threadId, () => nudge.ring()),
    // Whoever hears of other threads reads nothing of its own again.
    hub.onList(() => sink.offer('threads', {})),
  ];
  const onSession = (signal: LiveSignal) => {
    if (signal.kind === 'answer' || signal.kind === 'output') gather(words, signal);
    nudge.ring();
  };
  try {
    let sessionId: string | null = null;
    let seen = after;
    let lastStatus = '';
    while (!sink.closed.aborted) {
      // Words first: those of a turn whose answer follows would otherwise be shown behind it.
      for (const { kind, sessionId: _, ...rest } of words.splice(0)) sink.offer(kind, rest);
      seen = await sendMessages(deps, hub, threadId, seen, sink);
      if (!sessionId) {
        const thread = consoleThread(threadId);
        const found = await hub.shared(threadId, 'session', () => deps.sessions.byThread(thread));
        sessionId = found?.sessionId ?? null;
        if (sessionId) unlisten.push(hub.listen(sessionId, onSession));
      }
      const status = await statusOf(deps, hub, sessionId);
      const told = JSON.stringify(status);
      if (told !== lastStatus) sink.send('status', status);
      lastStatus = told;
      await nudge.wait(lookMs, sink.closed);
      if (!sink.closed.aborted) await delay(gatherMs);
    }
  } finally {
    for (const end of unlisten) end();
  }
}

async function sendMessages(
  { threads }: ThreadDeps,
  hub: LiveHub,
  threadId: string,
  after: number,
  sink: EventSink,
): Promise<number> {
  let seen = after;
  while (!sink.closed.aborted) {
    const from = seen;
    const read = () => threads.changedAfter(threadId, from, batch);
    const changed = await hub.shared(threadId, `messages ${from}`, read);
    for (const message of changed) {
      await sink.room();
      if (sink.closed.aborted) return seen;
      sink.send('message', presentMessage(message), message.change);
      seen = message.change;
    }
    if (changed.length < batch) break;
  }
  return seen;
}

/** What the thread's turn is doing just now: the line under the last message. */
function statusOf({ sessions, turns }: ThreadDeps, hub: LiveHub, sessionId: string | null) {
  if (!sessionId) return { turn: null };
  return hub.shared(sessionId, 'status', async () => {
    const current = await turns.current(sessionId);
    if (!current) return { turn: null };
    const [document] = foldDocuments(await sessions.turnEvents(current.turnId));
    const step = document?.steps.findLast(({ state }) => state === 'running');
    return {
      turn: {
        turnId: current.turnId,
        authorId: current.authorId,
        state: current.state,
        stopping: current.stopRequested,
        startedAt: document?.startedAt ?? null,
        step: step ? { key: step.key, title: step.title } : null,
        done: document?.steps.filter(({ state }) => state === 'done').length ?? 0,
      },
    };
  });
}

/** Words of one model call or command that have not left yet become one event. */
function gather(words: Words[], signal: Words): void {
  const last = words.at(-1);
  const same =
    last?.kind === signal.kind &&
    last.turnId === signal.turnId &&
    last.key === signal.key &&
    (last.kind === 'output' || (signal.kind === 'answer' && last.attempt === signal.attempt));
  if (last && same) last.text += signal.text;
  else words.push({ ...signal });
}
