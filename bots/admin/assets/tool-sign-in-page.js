import { useEffect, useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { clockTime } from './time.js';

/** @import { ToolSignIn } from './types.ts' */

/** Signing in at a tool server: the page behind its link, and the one that people come back to. Nobody need be signed in here. */
export function ToolSignInPage() {
  const back = window.location.pathname === '/oauth/callback';
  useEffect(() => {
    document.title = 'Sign in · Deckhand';
  }, []);
  return html`<main class="sheet sheet-alone">
    <div class="sheet-inner">
      <p class="brand"><img src="/icon.svg" alt="" width="28" height="28" /><span>Deckhand</span></p>
      ${back ? html`<${Return} />` : html`<${Departure} />`}
    </div>
  </main>`;
}

/** Says who signs in where, and only then finds out how. */
function Departure() {
  const [token, setToken] = useState(window.location.pathname.slice('/l/'.length));
  const [link, setLink] = useState(/** @type {ToolSignIn | null} */ (null));
  const [way, setWay] = useState(/** @type {{ authorizeUrl: string, at: string } | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const fault = (/** @type {{ message: string }} */ { message }) => setProblem(message);
    const wanted = new URLSearchParams(window.location.search);
    const found = token
      ? Promise.resolve(token)
      : api
          .makeToolSignIn({ session: wanted.get('session') ?? '', server: wanted.get('server') ?? '' })
          .then(({ path }) => path.slice('/l/'.length));
    found
      .then((given) => {
        setToken(given);
        return api.lookAtToolSignIn({ token: given });
      })
      .then(setLink, fault);
  }, []);
  const begin = () => {
    setBusy(true);
    setProblem('');
    api
      .beginToolSignIn({ token })
      .then(setWay, (fault) => setProblem(fault.message))
      .finally(() => setBusy(false));
  };
  if (problem && !link)
    return html`<h1>Nobody to sign in here</h1><p role="alert" class="lead">${problem}</p>`;
  if (!link) return null;
  return html`<h1>Sign in at <bdi>${link.server}</bdi></h1>
    <p class="lead">For <strong><bdi>${link.person}</bdi></strong>. Not you? Then close this page: your account there would serve them.</p>
    <p>What you allow there is kept as a secret of yours. It is used for your own requests, and sent to <strong><bdi>${link.host}</bdi></strong> alone.</p>
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    ${
      way
        ? html`<p>You sign in at <strong><bdi>${way.at}</bdi></strong>. Is that where you would give your password for <bdi>${link.server}</bdi>?</p>
      <p><a href=${way.authorizeUrl} rel="noreferrer">Go on to <bdi>${way.at}</bdi></a></p>`
        : html`<p><button type="button" class="primary" disabled=${busy} onClick=${begin}>${busy ? 'Asking where…' : 'Sign in'}</button></p>`
    }
    <p class="quiet">This link is good until ${clockTime(link.expiresAt)}.</p>`;
}

/** Hands over what the browser was sent back with. */
function Return() {
  const [server, setServer] = useState('');
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const given = new URLSearchParams(window.location.search);
    // Neither code nor state has any business in the history.
    window.history.replaceState(null, '', '/oauth/callback');
    const of = (/** @type {string} */ name) => given.get(name) ?? undefined;
    api
      .returnFromToolSignIn({
        state: given.get('state') ?? '-',
        code: of('code'),
        iss: of('iss'),
        error: of('error'),
      })
      .then(
        (done) => setServer(done.server),
        (fault) => setProblem(fault.message),
      );
  }, []);
  if (problem) return html`<h1>You are not signed in</h1><p role="alert" class="lead">${problem}</p>`;
  return server
    ? html`<h1>You are signed in at <bdi>${server}</bdi></h1><p role="status" class="lead">From your next request on, Deckhand can use it for you. You can close this page and go back to your thread. To take it back, remove it under Secrets.</p>`
    : html`<p role="status" class="lead">One moment…</p>`;
}
