import { useEffect, useRef } from 'preact/hooks';
import { api, newKey } from './api.js';
import { Composer } from './composer.js';
import { Entry } from './entry.js';
import { Flag } from './flag.js';
import { html } from './html.js';
import { NowLine } from './status-line.js';
import { isAnswer, turnOf, useThread } from './use-thread.js';

/** @import { Me, Message, Posted, TurnStatus } from './types.ts' */

/** A thread as a ship's log. @param {{ threadId: string, me: Me, onThreads: () => void, back: () => void }} props */
export function ThreadView({ threadId, me, onThreads, back }) {
  const { thread, problem, turn, words, connected, upsert, loadEarlier } = useThread(threadId, onThreads);
  const log = useRef(/** @type {HTMLElement | null} */ (null));
  useStickToEnd(log);
  useEffect(() => {
    // On a phone the keyboard would cover what one came to read.
    if (window.matchMedia('(min-width: 760px)').matches) document.getElementById('composer')?.focus();
  }, [threadId, thread === null]);

  if (problem) return html`<main class="main"><${Missing} problem=${problem} back=${back} /></main>`;
  const messages = thread?.messages ?? [];
  /** @param {string} text */
  const say = async (text) => upsert((await api.post(threadId, { text, files: [] }, newKey())).message);
  const queued = queuedAfter(messages, turn);
  return html`<main class="main" id="main">
    <header class="bar">
      <button type="button" class="bare back" aria-label="All threads" onClick=${back}>←</button>
      <${Flag} state=${turn?.state ?? 'idle'} />
      <h1>${thread?.title || 'Thread'}</h1>
    </header>
    ${!connected && html`<p class="offline" role="status">Connection lost. Trying again; nothing of yours is lost.</p>`}
    <section class="log" ref=${log} aria-label="Log of this thread" aria-busy=${thread === null}>
      <div class="log-inner">
        ${thread?.earlier && html`<button type="button" class="small earlier" onClick=${loadEarlier}>Earlier entries</button>`}
        ${messages.map((message) => html`<${Entry} key=${message.id} message=${message} turn=${turn} place=${queued.get(message.id) ?? null} me=${me} say=${say} />`)}
        <${NowLine} turn=${turn} words=${words} may=${me.may} stop=${!messages.some((message) => stops(message, turn))} />
      </div>
    </section>
    <${Announcer} messages=${messages} />
    <${Composer} key=${threadId} threadId=${threadId} me=${me} connected=${connected} onPosted=${(/** @type {Posted} */ posted) => upsert(posted.message)} />
  </main>`;
}

/** Has a post of this turn a Stop of its own? @param {Message} message @param {TurnStatus | null} turn */
function stops({ content }, turn) {
  if (content.type !== 'post' || content.turnId !== turn?.turnId) return false;
  return content.blocks.some((block) => block.type === 'checklist' && block.stop);
}

/**
 * Requests behind the one that runs or waits, by message, with their place in the line.
 * @param {Message[]} messages @param {TurnStatus | null} turn @returns {Map<string, number>}
 */
function queuedAfter(messages, turn) {
  const queued = new Map();
  if (!turn) return queued;
  const answered = new Set(messages.filter(isAnswer).map(turnOf));
  let behind = turn.state === 'queued';
  for (const message of messages) {
    const turnId = turnOf(message);
    if (message.content.type !== 'said' || turnId === null || answered.has(turnId)) continue;
    if (behind) queued.set(message.id, queued.size + 1);
    if (turnId === turn.turnId) behind = true;
  }
  return queued;
}

/** Keeps the end in sight for who is at the end, and leaves alone who reads further up. */
function useStickToEnd(/** @type {{ current: HTMLElement | null }} */ log) {
  useEffect(() => {
    const element = log.current;
    if (!element) return;
    let atEnd = true;
    let top = 0;
    const look = () => {
      const near = element.scrollHeight - element.scrollTop - element.clientHeight < 80;
      // What has grown since then has moved nobody up.
      if (near || element.scrollTop < top) atEnd = near;
      top = element.scrollTop;
    };
    // Also what grows later, as a schedule's card does once it has been read: its buttons stand below.
    const growth = new ResizeObserver(() => {
      if (atEnd) element.scrollTop = element.scrollHeight;
    });
    for (const one of [element, ...element.children]) growth.observe(one);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      growth.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [log.current]);
}

/** Says new answers and questions aloud, once, without the rest of the log. @param {{ messages: Message[] }} props */
function Announcer({ messages }) {
  const seen = useRef(/** @type {Set<string> | null} */ (null));
  const speech = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const known = seen.current;
    seen.current = new Set(messages.map(({ id }) => id));
    if (!known || known.size === 0 || !speech.current) return;
    const words = messages.filter(({ id }) => !known.has(id)).map(spoken);
    if (words.some(Boolean)) speech.current.textContent = words.filter(Boolean).join(' ');
  }, [messages]);
  return html`<p class="hidden" aria-live="polite" ref=${speech}></p>`;
}

/** @param {Message} message */
function spoken({ content }) {
  if (content.type !== 'post') return '';
  return content.blocks
    .map((block) => {
      if (block.type === 'approval') return `${block.question} ${block.subject}`;
      return block.type === 'markdown' || block.type === 'line' ? block.text.slice(0, 300) : '';
    })
    .join(' ');
}

/** @param {{ problem: Error, back: () => void }} props */
function Missing({ problem, back }) {
  return html`<div class="missing"><h1>Nothing here</h1><p>${problem.message}</p><button type="button" onClick=${back}>All threads</button></div>`;
}
