import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api } from './api.js';

/** @import { LiveWords, Message, Thread, TurnStatus } from './types.ts' */

const outputTail = 4000;

/**
 * Where a stream's news goes.
 * @typedef {{
 *   setThread: (thread: Thread) => void,
 *   setProblem: (problem: Error) => void,
 *   setTurn: (turn: TurnStatus | null) => void,
 *   setWords: (change: (now: LiveWords | null) => LiveWords | null) => void,
 *   setConnected: (connected: boolean) => void,
 *   upsert: (message: Message) => void,
 *   onThreads: () => void,
 * }} Follower
 */

/** @typedef {{ turnId: string, key: string, attempt: number, text: string }} AnswerDelta */
/** @typedef {{ turnId: string, key: string, text: string }} OutputDelta */

/**
 * A thread, kept up to date by its stream.
 * @param {string} threadId
 * @param {() => void} onThreads Something has changed in some thread: lists may be old.
 */
export function useThread(threadId, onThreads) {
  const [thread, setThread] = useState(/** @type {Thread | null} */ (null));
  const [problem, setProblem] = useState(/** @type {Error | null} */ (null));
  const [turn, setTurn] = useState(/** @type {TurnStatus | null} */ (null));
  const [words, setWords] = useState(/** @type {LiveWords | null} */ (null));
  const [connected, setConnected] = useState(true);

  const upsert = useCallback((/** @type {Message} */ message) => {
    setThread((now) => now && { ...now, messages: merged(now.messages, [message]) });
    if (isAnswer(message)) setWords((now) => (now?.turnId === turnOf(message) ? null : now));
  }, []);

  const loadEarlier = useCallback(async () => {
    const first = thread?.messages[0];
    if (!first) return;
    const page = await api.thread(threadId, first.seq);
    setThread(
      (now) => now && { ...now, messages: merged(page.messages, now.messages), earlier: page.earlier },
    );
  }, [threadId, thread]);

  useStream(threadId, { setThread, setProblem, setTurn, setWords, setConnected, upsert, onThreads });
  return { thread, problem, turn, words, connected, upsert, loadEarlier };
}

/**
 * Loads the thread, then follows it from there without a gap. While nobody looks for a while the stream is closed:
 * browsers allow six connections to one server over all tabs.
 * @param {string} threadId
 * @param {Follower} to
 */
function useStream(threadId, to) {
  const latest = useRef(to);
  latest.current = to;
  useEffect(() => {
    let source = /** @type {EventSource | null} */ (null);
    let gone = false;
    let retry = 0;
    const open = async () => {
      const { setThread, setProblem, setConnected } = latest.current;
      try {
        const thread = await api.thread(threadId);
        if (gone || source) return;
        setThread(thread);
        setConnected(true);
        source = follow(threadId, thread.change, latest);
        source.addEventListener('error', () => {
          setConnected(false);
          if (source?.readyState !== EventSource.CLOSED) return;
          close();
          retry = window.setTimeout(open, 2000);
        });
        source.addEventListener('open', () => setConnected(true));
      } catch (fault) {
        if (gone) return;
        const offline = /** @type {{ code?: string }} */ (fault).code === 'offline';
        setConnected(!offline);
        if (offline) retry = window.setTimeout(open, 2000);
        else setProblem(/** @type {Error} */ (fault));
      }
    };
    const close = () => {
      source?.close();
      source = null;
    };
    const stopLooking = watchHidden(close, open);
    open();
    return () => {
      gone = true;
      window.clearTimeout(retry);
      stopLooking();
      close();
    };
  }, [threadId]);
}

/** @param {string} threadId @param {number} after @param {{ current: Follower }} latest */
function follow(threadId, after, latest) {
  const source = new EventSource(`/v1/threads/${threadId}/stream?after=${after}`);
  const joined = Date.now();
  /** @param {string} name @param {(data: never) => void} take */
  const on = (name, take) =>
    source.addEventListener(name, (event) =>
      take(/** @type {never} */ (JSON.parse(/** @type {MessageEvent} */ (event).data))),
    );
  on('message', (/** @type {Message} */ message) => latest.current.upsert(message));
  on('threads', () => latest.current.onThreads());
  on('status', (/** @type {{ turn: TurnStatus | null }} */ { turn }) => {
    latest.current.setTurn(turn);
    latest.current.setWords((now) => (now && now.turnId !== turn?.turnId ? null : now));
    latest.current.onThreads();
  });
  on('answer', (/** @type {AnswerDelta} */ delta) =>
    latest.current.setWords((now) => withAnswer(now, delta, joined)),
  );
  on('output', (/** @type {OutputDelta} */ delta) =>
    latest.current.setWords((now) => withOutput(now, delta)),
  );
  return source;
}

/** Closes after half a minute in the background, opens again when somebody looks. @param {() => void} close @param {() => void} open */
function watchHidden(close, open) {
  let timer = 0;
  const look = () => {
    window.clearTimeout(timer);
    if (document.hidden) timer = window.setTimeout(close, 30_000);
    else open();
  };
  document.addEventListener('visibilitychange', look);
  return () => {
    window.clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}

/** @param {Message[]} older @param {Message[]} newer @returns {Message[]} */
function merged(older, newer) {
  const byId = new Map(older.map((message) => [message.id, message]));
  for (const message of newer) {
    const known = byId.get(message.id);
    if (!known || known.change <= message.change) byId.set(message.id, message);
  }
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

/** @param {LiveWords | null} now @param {{ turnId: string, key: string, attempt: number, text: string }} delta @param {number} joined */
function withAnswer(now, delta, joined) {
  const { turnId, key, attempt, text } = delta;
  const same = now?.turnId === turnId && now.key === key && now.attempt === attempt;
  if (now && same) return { ...now, answer: now.answer + text };
  // Words within the first moments of a stream may have begun before it.
  const partial = now?.turnId !== turnId && Date.now() - joined < 500;
  return { turnId, key, attempt, answer: text, output: null, partial };
}

/** @param {LiveWords | null} now @param {{ turnId: string, key: string, text: string }} delta */
function withOutput(now, { turnId, key, text }) {
  const base = now?.turnId === turnId ? now : { turnId, key: '', attempt: 0, answer: '', partial: false };
  const before = now?.output?.key === key ? now.output.text : '';
  return { ...base, output: { key, text: (before + text).slice(-outputTail) } };
}

/** @param {Message} message */
export function isAnswer({ content }) {
  return content.type === 'post' && content.kind === 'answer';
}

/** The turn that a message asks for or belongs to. @param {Message} message @returns {string | null} */
export function turnOf({ content }) {
  if (content.type === 'post') return content.turnId;
  return content.outcome?.kind === 'accepted' ? content.outcome.turnId : null;
}
