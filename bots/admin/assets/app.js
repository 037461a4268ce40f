import { render } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { pageAt } from './pages.js';
import { SecretLinkPage } from './secret-link-page.js';
import { SignIn } from './sign-in.js';
import { ThreadList } from './thread-list.js';
import { ThreadView } from './thread-view.js';
import { ToolSignInPage } from './tool-sign-in-page.js';
import { Welcome } from './welcome.js';

/** @import { Page } from './pages.js' */
/** @import { Me, Posted, ThreadSummary } from './types.ts' */

const listEveryMs = 15_000;

/** Which view an address stands for. */
function readPlace() {
  const { pathname, search } = window.location;
  const thread = /^\/t\/([\w-]+)$/.exec(pathname)?.[1] ?? null;
  return {
    thread,
    page: pageAt(pathname),
    link: /^\/s\/([\w-]*)$/.exec(pathname)?.[1] ?? null,
    toolSignIn: /^\/(l\/[\w-]*|oauth\/callback)$/.test(pathname),
    signIn: pathname === '/sign-in',
    token: new URLSearchParams(search).get('token'),
  };
}

function App() {
  const [place, setPlace] = useState(readPlace());
  const [me, setMe] = useState(/** @type {Me | null | 'nobody' | 'offline'} */ (null));
  const go = useCallback((/** @type {string} */ path) => {
    window.history.pushState(null, '', path);
    setPlace(readPlace());
  }, []);
  const meet = useCallback(() => {
    api.me().then(setMe, (fault) => setMe(fault.code === 'offline' ? 'offline' : 'nobody'));
  }, []);
  useLayoutEffect(() => {
    const back = () => setPlace(readPlace());
    window.addEventListener('popstate', back);
    if (!place.signIn && !place.toolSignIn && place.link === null) meet();
    return () => window.removeEventListener('popstate', back);
  }, []);
  useEffect(() => {
    if (me !== 'offline') return;
    const timer = setInterval(meet, 2000);
    return () => clearInterval(timer);
  }, [me]);

  const signedIn = () => {
    // The spent token has no business in the history.
    window.history.replaceState(null, '', '/');
    setPlace(readPlace());
    meet();
  };
  if (place.link !== null) return html`<${SecretLinkPage} token=${place.link} />`;
  if (place.toolSignIn) return html`<${ToolSignInPage} />`;
  if (place.signIn) return html`<${SignIn} token=${place.token} onSignedIn=${signedIn} />`;
  if (me === null) return null;
  if (me === 'nobody') return html`<${SignIn} token=${null} onSignedIn=${signedIn} />`;
  if (me === 'offline')
    return html`<main class="gate"><p role="status">Deckhand cannot be reached. Trying again…</p></main>`;
  return html`<${Desk} me=${me} threadId=${place.thread} page=${place.page} go=${go} signOut=${() => api.signOut().finally(() => setMe('nobody'))} />`;
}

/** Signed in: the threads, and one of them. @param {{ me: Me, threadId: string | null, page: Page | null, go: (path: string) => void, signOut: () => void }} props */
function Desk({ me, threadId, page, go, signOut }) {
  const { threads, connected, refresh } = useThreads(signOut);
  const [menu, setMenu] = useState(false);
  const needs = threads?.some((thread) => thread.openApprovals > 0) ?? false;
  const title = page ? page.title : threads?.find(({ id }) => id === threadId)?.title;
  useEffect(() => {
    document.title = `${needs ? '✋ ' : ''}${title ? `${title} · ` : ''}Deckhand`;
  }, [needs, title]);
  /** @param {string} path */
  const walk = (path) => {
    setMenu(false);
    go(path);
  };
  /** @param {Posted} posted */
  const onPosted = (posted) => {
    refresh();
    go(`/t/${posted.thread}`);
  };
  return html`<div class="desk ${menu ? 'desk-menu' : ''}" onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && setMenu(false)}>
    <a class="skip" href=${page ? '#main' : '#composer'}>${page ? 'To the page' : 'To the message field'}</a>
    <${ThreadList} threads=${threads} current=${page?.path ?? threadId} me=${me} go=${walk} signOut=${signOut} />
    ${
      page
        ? html`<${page.View} key=${page.path} me=${me} go=${walk} back=${() => setMenu(true)} />`
        : threadId
          ? html`<${ThreadView} key=${threadId} threadId=${threadId} me=${me} onThreads=${refresh} back=${() => setMenu(true)} />`
          : html`<${Welcome} me=${me} connected=${connected} onPosted=${onPosted} toThreads=${() => setMenu(true)} threadCount=${threads?.length ?? 0} />`
    }
  </div>`;
}

/**
 * The list, read again when a stream says that something changed and every now and then.
 * @param {() => void} signedOut The API says that nobody is signed in any more.
 */
function useThreads(signedOut) {
  const [threads, setThreads] = useState(/** @type {ThreadSummary[] | null} */ (null));
  const [connected, setConnected] = useState(true);
  const pending = useRef(0);
  const read = useCallback(() => {
    window.clearTimeout(pending.current);
    pending.current = 0;
    api.threads().then(
      (answer) => {
        setThreads(answer.threads);
        setConnected(true);
      },
      (fault) => {
        setConnected(fault.code !== 'offline');
        if (fault.code === 'auth.required') signedOut();
      },
    );
  }, []);
  const refresh = useCallback(() => {
    if (!pending.current) pending.current = window.setTimeout(read, 300);
  }, []);
  useEffect(() => {
    read();
    const timer = setInterval(read, listEveryMs);
    return () => clearInterval(timer);
  }, []);
  return { threads, connected, refresh };
}

const root = document.getElementById('app');
if (root) render(html`<${App} />`, root);
