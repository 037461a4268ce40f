import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { SlackCalls } from './calls.ts';
import { withoutPings } from './markdown.ts';
import { metadataOf } from './post-key.ts';
import type { SlackMessage } from './types.ts';

export interface SlackStreams {
  /** All that is written of a turn's answer so far. Never throws. */
  write(thread: ThreadRef, turn: { turnId: string; accountId: string }, text: string): void;
  /**
   * Makes the stream of a turn its answer and gives its `ts`; null when there is none that could be: post the answer.
   * @throws {DeckhandError} `platform.unknown` when it is not known whether the stream became the answer
   */
  finish(
    answer: NonNullable<SlackMessage['stream']>,
    key: string,
    remember: (ts: string) => Promise<void>,
  ): Promise<string | null>;
  /** Takes away what was streamed and did not become an answer. Never throws. */
  discard(channel: string, ts: string): Promise<void>;
}

export interface StreamSettings {
  calls: SlackCalls;
  log: Log;
  /** An answer that is there sooner is not streamed. */
  firstMs?: number;
}

interface Stream {
  thread: ThreadRef;
  accountId: string;
  /** What is written. */
  text: string;
  /** What Slack has been given. */
  shown: string;
  ts: string | null;
  state: 'before' | 'open' | 'over';
  startedMs: number;
  timer: NodeJS.Timeout | null;
  work: Promise<void> | null;
}

const usualFirstMs = 1_000;
const everyMs = 1_000;
/** Slack ends a stream about five minutes after its start, whatever is appended; what is longer is no short answer. */
const mostMs = 240_000;
/** "Limit this field to 12,000 characters" (chat.appendStream), for the whole of a short answer. */
const mostCharacters = 11_000;
/** `chat.startStream` and `chat.stopStream` are Tier 2, "20+ per minute": each that begins must be able to end. */
const perMinute = 18;
const mostKept = 200;
const mostAnswered = 5_000;
/** Where agent surfaces or streams are not to be had (a free plan), it is tried again after so long. */
const offMs = 10 * 60_000;

/**
 * Short answers as Slack's streams. A stream cannot be found again, so nothing depends on one: whatever goes wrong, the
 * answer is posted anew, and what was streamed is taken away or counts as progress.
 */
export function slackStreams({ calls, log, firstMs = usualFirstMs }: StreamSettings): SlackStreams {
  const streams = new Map<string, Stream>();
  /** Turns whose answer has been asked for: words that come late begin no stream below it. */
  const answered = new Set<string>();
  const starts: number[] = [];
  let offUntilMs = 0;

  function mayStart(): boolean {
    const now = Date.now();
    while (starts[0] !== undefined && starts[0] < now - 60_000) starts.shift();
    return now > offUntilMs && starts.length < perMinute;
  }

  async function start(stream: Stream, text: string): Promise<void> {
    if (!mayStart()) return;
    starts.push(Date.now());
    const { channel, thread, workspace } = stream.thread;
    const { ts } = await calls.call({ method: 'chat.startStream', maxWaitMs: 0 }, (client) =>
      client.chat.startStream({
        ...{ channel, thread_ts: thread, markdown_text: text },
        ...{ recipient_user_id: stream.accountId, recipient_team_id: workspace },
      }),
    );
    stream.ts = ts ?? null;
    stream.state = ts ? 'open' : 'over';
    stream.startedMs = Date.now();
    stream.shown = text;
  }

  async function append(stream: Stream, ts: string, more: string): Promise<void> {
    const { channel } = stream.thread;
    await calls.call({ method: 'chat.appendStream', maxWaitMs: 0 }, (client) =>
      client.chat.appendStream({ channel, ts, markdown_text: more }),
    );
    stream.shown += more;
  }

  async function bring(stream: Stream): Promise<void> {
    const text = stableText(stream.text);
    if (text === stream.shown || stream.state === 'over') return;
    const old = stream.state === 'open' && Date.now() - stream.startedMs > mostMs;
    if (old || !text.startsWith(stream.shown) || text.length > mostCharacters) {
      stream.state = 'over';
      return;
    }
    try {
      if (stream.ts === null) await start(stream, text);
      else await append(stream, stream.ts, text.slice(stream.shown.length));
    } catch (error) {
      // A limit passes; of everything else the outcome is not known, or Slack takes no more.
      if (codeOf(error) === 'platform.rate_limited') return;
      stream.state = 'over';
      if (stream.ts === null && codeOf(error) === 'platform.refused') offUntilMs = Date.now() + offMs;
      log.debug({ err: error, thread: stream.thread.thread }, 'an answer is not streamed on');
    }
  }

  function schedule(stream: Stream, ms: number): void {
    if (stream.state === 'over' || stream.timer || stream.work) return;
    stream.timer = setTimeout(() => {
      stream.timer = null;
      const before = stream.text;
      stream.work = bring(stream).finally(() => {
        stream.work = null;
        if (stream.text !== before) schedule(stream, everyMs);
      });
    }, ms);
  }

  async function discard(channel: string, ts: string): Promise<void> {
    await calls
      .call({ method: 'chat.delete' }, (client) => client.chat.delete({ channel, ts }))
      .catch((error) => log.debug({ err: error }, 'what was streamed before an answer stays as progress'));
  }

  return {
    write: (thread, { turnId, accountId }, text) => {
      if (answered.has(turnId)) return;
      const known = streams.get(turnId);
      // Of a turn that another process has answered nothing more is heard here.
      for (const old of streams.keys()) {
        if (streams.size <= mostKept) break;
        streams.delete(old);
      }
      const stream: Stream = known ?? {
        ...{ thread, accountId, text, shown: '', ts: null, state: 'before', startedMs: 0 },
        ...{ timer: null, work: null },
      };
      streams.set(turnId, stream);
      stream.text = text;
      schedule(stream, stream.ts === null ? firstMs : everyMs);
    },

    finish: async ({ turnId, whole }, key, remember) => {
      answered.add(turnId);
      if (answered.size > mostAnswered) answered.delete(answered.values().next().value ?? '');
      const stream = streams.get(turnId);
      if (!stream) return null;
      streams.delete(turnId);
      clearTimeout(stream.timer ?? undefined);
      await stream.work;
      const { ts, shown, state } = stream;
      stream.state = 'over';
      const { channel } = stream.thread;
      if (ts === null) return null;
      if (state !== 'open' || !whole?.text.startsWith(shown)) {
        void discard(channel, ts);
        return null;
      }
      await remember(ts);
      const rest = whole.text.slice(shown.length);
      try {
        await calls.call({ method: 'chat.stopStream', maxWaitMs: 0 }, (client) =>
          client.chat.stopStream({
            ...{ channel, ts, blocks: whole.tail },
            ...(rest === '' ? {} : { markdown_text: rest }),
            metadata: metadataOf(key),
          }),
        );
        return ts;
      } catch (error) {
        if (codeOf(error) === 'platform.unknown') throw error;
        void discard(channel, ts);
        return null;
      }
    },

    discard,
  };
}

/**
 * What cannot change any more by what follows: whole words, and nothing of a table, which is drawn when it is complete.
 * It ends without space, as every part of an answer does.
 */
export function stableText(text: string): string {
  const words = text.slice(0, text.search(/\s\S*$/) + 1);
  const table = /^[ \t]*\|/m.exec(words)?.index ?? words.length;
  return withoutPings(words.slice(0, table).trimEnd());
}

function codeOf(error: unknown): string {
  return error instanceof DeckhandError ? error.code : '';
}
