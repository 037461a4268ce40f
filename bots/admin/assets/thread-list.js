import { Flag } from './flag.js';
import { html } from './html.js';
import { icon } from './marks.js';
import { pages } from './pages.js';
import { shortTime } from './time.js';

/** @import { Page } from './pages.js' */
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
  const waiting = threads?.reduce((sum, thread) => sum + thread.openApprovals, 0) ?? 0;
  const manages = pages.some(({ place, path }) => place === 'second' && path === current);
  return html`<nav class="side" aria-label="Menu">
    <a class="brand" href="/" onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/')}>
      <img src=${icon} alt="" width="28" height="28" /><span>Deckhand</span>
    </a>
    <a class="new" href="/" aria-current=${current === null ? 'page' : undefined} onClick=${(/** @type {MouseEvent} */ event) => follow(event, '/')}>New thread</a>
    <ul class="side-pages">${pages.filter(({ place }) => place === 'first').map((page) => html`<${PageLink} key=${page.path} page=${page} current=${current} follow=${follow} waiting=${page.path === '/approvals' ? waiting : 0} />`)}</ul>
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
    <details class="side-more" open=${manages}>
      <summary>Manage</summary>
      <ul class="side-pages">${pages.filter(({ place, act }) => place === 'second' && (!act || me.may.includes(act))).map((page) => html`<${PageLink} key=${page.path} page=${page} current=${current} follow=${follow} waiting=${0} />`)}</ul>
    </details>
    <footer class="side-foot quiet">
      <span><bdi>${me.name}</bdi> · ${me.instance.demo ? 'demo model' : me.instance.model}</span>
      <button type="button" class="bare" onClick=${signOut}>Sign out</button>
    </footer>
  </nav>`;
}

/** @param {{ page: Page, current: string | null, waiting: number, follow: (event: MouseEvent, path: string) => void }} props */
function PageLink({ page: { path, title }, current, waiting, follow }) {
  const here = current === path || (current?.startsWith(`${path}/`) ?? false);
  return html`<li><a class="side-link" href=${path} aria-current=${here ? 'page' : undefined} onClick=${(/** @type {MouseEvent} */ event) => follow(event, path)}>${title}${waiting > 0 && html` <span class="needs">${waiting}</span>`}</a></li>`;
}
