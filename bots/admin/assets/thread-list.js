import { Flag } from './flag.js';
import { html } from './html.js';
import { shortTime } from './time.js';

/** @import { Me, ThreadSummary } from './types.ts' */

/**
 * @param {{ threads: ThreadSummary[] | null, current: string | null, me: Me, go: (path: string) => void, signOut: () => void }} props
 */
export function ThreadList({ threads, current, me, go, signOut }) {
  /** @param {MouseEvent} event @param {string} path */
  const follow = (event, path) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(path);
  };
  return html`<nav class="side" aria-label="Threads">
    <a class="brand" href="/" onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/')}>
      <img src="/icon.svg" alt="" width="28" height="28" /><span>Deckhand</span>
    </a>
    <a class="new" href="/" aria-current=${current === null ? 'page' : undefined} onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/')}>New thread</a>
    <a class="side-link" href="/schedules" aria-current=${current === 'schedules' ? 'page' : undefined} onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/schedules')}>Schedules</a>
    ${threads?.length === 0 && html`<p class="quiet side-empty">No threads yet. Your first request opens one.</p>`}
    <ul class="threads">
      ${threads?.map((thread) => {
        const path = `/t/${thread.id}`;
        const needs = thread.openApprovals > 0;
        return html`<li key=${thread.id}>
          <a href=${path} aria-current=${thread.id === current ? 'page' : undefined} onClick=${(/** @type {MouseEvent} */ event) => follow(event, path)}>
            <${Flag} state=${needs ? 'waiting' : thread.state} />
            <bdi class="thread-title">${thread.title || 'Untitled'}</bdi>
            ${needs ? html`<span class="needs">needs you</span>` : html`<time class="quiet num" dateTime=${thread.updatedAt}>${shortTime(thread.updatedAt)}</time>`}
          </a>
        </li>`;
      })}
    </ul>
    <p class="side-links"><a href="/secrets" aria-current=${current === 'secrets' ? 'page' : undefined} onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/secrets')}>Secrets</a></p>
    <footer class="side-foot quiet">
      <span><bdi>${me.name}</bdi> · ${me.instance.demo ? 'demo model' : me.instance.model}</span>
      <button type="button" class="bare" onClick=${signOut}>Sign out</button>
    </footer>
  </nav>`;
}
