import { useCallback, useLayoutEffect, useState } from 'preact/hooks';
import { html } from './html.js';
import { fullTime, shortTime } from './time.js';

/** @import { ComponentChildren } from 'preact' */

/**
 * The frame of every page beside the threads.
 * @param {{ title: string, lead?: string, back: () => void, problem?: string, said?: string, wide?: boolean, children?: ComponentChildren }} props
 */
export function PageFrame({ title, lead, back, problem, said, wide, children }) {
  return html`<main class="main" id="main" tabindex="-1">
    <header class="bar">
      <button type="button" class="bare back" aria-label="Menu" onClick=${back}>←</button>
      <h1>${title}</h1>
    </header>
    <div class="sheet">
      <div class="sheet-inner ${wide ? 'sheet-wide' : ''}">
        ${lead && html`<p class="lead">${lead}</p>`}
        <p role="status" class="said-so">${said}</p>
        ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
        ${children}
      </div>
    </div>
  </main>`;
}

/**
 * What is read when the page opens, when `causes` change, and every `everyMs`.
 * @template T
 * @param {() => Promise<T>} read @param {unknown[]} causes @param {number} [everyMs]
 */
export function useRead(read, causes, everyMs) {
  const [found, setFound] = useState(/** @type {T | null} */ (null));
  const [problem, setProblem] = useState('');
  const refresh = useCallback(() => {
    let gone = false;
    read().then(
      (answer) => {
        if (gone) return;
        setFound(answer);
        setProblem('');
      },
      (fault) => !gone && setProblem(fault.message),
    );
    return () => {
      gone = true;
    };
  }, causes);
  // Not after the next frame: the answer is what people wait for.
  useLayoutEffect(() => {
    const stop = refresh();
    const timer = everyMs ? setInterval(refresh, everyMs) : undefined;
    return () => {
      stop();
      clearInterval(timer);
    };
  }, causes);
  return { found, problem, refresh };
}

/** What stands where there is nothing yet: says what will, and how it comes. @param {{ title: string, children?: ComponentChildren }} props */
export function Empty({ title, children }) {
  return html`<div class="empty"><h2>${title}</h2><p class="quiet">${children}</p></div>`;
}

/** @param {{ at: string | null, none?: string }} props */
export function Time({ at, none = 'never' }) {
  if (!at) return html`<span class="quiet">${none}</span>`;
  return html`<time class="num" dateTime=${at} title=${fullTime(at)}>${shortTime(at)}</time>`;
}

/** A word with the colour of what it says. @param {{ tone: 'good' | 'wait' | 'bad' | 'plain', children?: ComponentChildren }} props */
export function Badge({ tone, children }) {
  return html`<span class="badge badge-${tone}">${children}</span>`;
}

/** A table that scrolls by itself, so that no page is wider than its screen. @param {{ label: string, heads: string[], children?: ComponentChildren }} props */
export function Table({ label, heads, children }) {
  return html`<div class="table" role="region" aria-label=${label} tabindex="0"><table>
    <thead><tr>${heads.map((head) => (head ? html`<th key=${head} scope="col">${head}</th>` : html`<td></td>`))}</tr></thead>
    <tbody>${children}</tbody>
  </table></div>`;
}

/** A choice of a few, beside each other. @template {string} T @param {{ label: string, options: [T, string][], value: T, choose: (value: T) => void }} props */
export function Tabs({ label, options, value, choose }) {
  return html`<div class="tabs" role="group" aria-label=${label}>
    ${options.map(([one, words]) => html`<button key=${one} type="button" class="small" aria-pressed=${one === value} onClick=${() => choose(one)}>${words}</button>`)}
  </div>`;
}

/** A link that stays in the page. @param {{ to: string, go: (path: string) => void, children?: ComponentChildren }} props */
export function Link({ to, go, children }) {
  return html`<a href=${to} onClick=${(/** @type {MouseEvent} */ event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  }}>${children}</a>`;
}

/** Something that is shown this once, ready to be copied. @param {{ label: string, text: string }} props */
export function Once({ label, text }) {
  const [copied, setCopied] = useState(false);
  return html`<div class="once">
    <p><strong>${label}</strong> It is shown this once.</p>
    <p class="once-row"><code>${text}</code>
      <button type="button" class="small" onClick=${() => navigator.clipboard.writeText(text).then(() => setCopied(true))}>${copied ? 'Copied' : 'Copy'}</button></p>
  </div>`;
}

/** @param {(value: string) => void} set */
export const into =
  (set) =>
  (/** @type {{ currentTarget: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement }} */ event) =>
    set(event.currentTarget.value);
