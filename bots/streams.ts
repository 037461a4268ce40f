import { randomUUID } from 'node:crypto';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import { type StreamsAnswers, streamsAnswers } from '#core/chat/capabilities.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { lateness } from '#core/chat/lateness.ts';
import type { Posts } from '#core/chat/posts-port.ts';
import type { Platform, ThreadRef } from '#core/chat/thread-ref.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { LiveSignal } from '#core/live/ports.ts';
import type { Seats } from '#core/live/seats-port.ts';
import type { Log } from '#core/log.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import { isFinal } from '#core/turns/state.ts';

export interface StreamDeps {
  adapters: Partial<Record<Platform, ChatAdapter>>;
  identities: Identities;
  posts: Pick<Posts, 'shown'>;
  seats: Seats;
  sessions: Sessions;
  log: Log;
}

type Words = Extract<LiveSignal, { kind: 'answer' }>;

/** Answers that show while they are written. A courtesy: the answer itself is the post that the log asks for. */
export interface AnswerStreams {
  heard(words: Words): void;
  /** How long this process leaves a session's thread to the one that streams there, in ms. */
  yieldsMs(sessionId: string): number;
  ended(turnId: string): void;
  stop(): Promise<void>;
}

/** One process streams, so that the one which began a message also ends it. */
const seat = 'streams';
const seatMs = 15_000;
const renewMs = 5_000;
/** Whoever streams has posted the answer by then; afterwards anybody does. */
const yieldMs = 1_500;
/** A thread that is behind is looked at again after so long. */
const againMs = 500;
const yieldWithinMs = 60_000;
const mostTurns = 1_000;

interface Written {
  /** Which model call the words are of; another one begins anew. */
  source: string;
  text: string;
  target: Promise<Target | 'behind' | null>;
  again: NodeJS.Timeout | null;
}

interface Target {
  adapter: StreamsAnswers;
  thread: ThreadRef;
  accountId: string;
}

/** Hands words on to platforms that can show them as they come. */
export async function startStreams(deps: StreamDeps): Promise<AnswerStreams> {
  const me = randomUUID();
  const turns = new Map<string, Written>();
  const elsewhere = new Map<string, number>();
  const able = Object.values(deps.adapters).some((adapter) => streamsAnswers(adapter));
  let mine = false;

  async function hold(): Promise<void> {
    mine = (await deps.seats.hold(seat, me, seatMs, null)) !== null;
  }

  async function targetOf({ sessionId, turnId }: Words): Promise<Target | 'behind' | null> {
    const session = await deps.sessions.byId(sessionId);
    const adapter = session && deps.adapters[session.thread.platform];
    if (!session || !adapter || !streamsAnswers(adapter)) return null;
    const events = await deps.sessions.turnEvents(turnId);
    const [document] = foldDocuments(events);
    // What was asked long ago says so first, which a stream cannot.
    if (!document || isFinal(document.state) || lateness(document)) return null;
    // Not before the answers of all earlier turns stand: it would stand above them.
    const started = events.find(({ type }) => type === 'turn.started');
    if (!started || (await deps.posts.shown(sessionId)) < started.seq) return 'behind';
    const { platform, workspace } = session.thread;
    const accountId = await deps.identities.accountOf(document.author.userId, platform, workspace);
    return accountId === null ? null : { adapter, thread: session.thread, accountId };
  }

  function find(words: Words): Written['target'] {
    return targetOf(words).catch((error) => {
      deps.log.warn({ err: error, turn: words.turnId }, 'an answer is not streamed');
      return null;
    });
  }

  async function write(words: Words, written: Written): Promise<void> {
    const { turnId } = words;
    const target = await written.target;
    if (!target || turns.get(turnId) !== written) return;
    if (target === 'behind') {
      written.again ??= setTimeout(() => {
        written.again = null;
        written.target = find(words);
        void write(words, written);
      }, againMs);
      return;
    }
    const { adapter, thread, accountId } = target;
    adapter.streamAnswer(thread, { turnId, accountId }, written.text);
  }

  if (able) await hold().catch(() => {});
  const timer = able ? setInterval(() => void hold().catch(() => {}), renewMs) : undefined;

  return {
    heard: (words) => {
      if (!able) return;
      if (!mine) {
        if (elsewhere.size > mostTurns) elsewhere.clear();
        elsewhere.set(words.sessionId, Date.now());
        return;
      }
      if (turns.size >= mostTurns && !turns.has(words.turnId)) return;
      const written: Written = turns.get(words.turnId) ?? {
        ...{ source: '', text: '', again: null },
        target: find(words),
      };
      turns.set(words.turnId, written);
      const source = `${words.key}/${words.attempt}`;
      written.text = written.source === source ? written.text + words.text : words.text;
      written.source = source;
      void write(words, written);
    },
    yieldsMs: (sessionId) => {
      const heardMs = elsewhere.get(sessionId);
      elsewhere.delete(sessionId);
      return heardMs !== undefined && Date.now() - heardMs < yieldWithinMs ? yieldMs : 0;
    },
    ended: (turnId) => void turns.delete(turnId),
    stop: async () => {
      clearInterval(timer);
      for (const { again } of turns.values()) clearTimeout(again ?? undefined);
      turns.clear();
      if (mine) await deps.seats.leave(seat, me).catch(() => {});
    },
  };
}
