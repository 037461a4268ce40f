import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { icon } from './marks.js';

/** Signing in by a one-time link. The link is spent by the button, not by opening it: previews press no buttons. @param {{ token: string | null, onSignedIn: () => void }} props */
export function SignIn({ token, onSignedIn }) {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const signIn = async () => {
    setBusy(true);
    try {
      await api.signIn(token ?? '');
      onSignedIn();
    } catch (fault) {
      setProblem(/** @type {Error} */ (fault).message);
      setBusy(false);
    }
  };
  return html`<main class="gate">
    <img src=${icon} alt="" width="64" height="64" />
    <h1>Deckhand</h1>
    ${
      token
        ? html`<p>This link signs this browser in, once.</p>
          <button type="button" class="primary" autofocus disabled=${busy} onClick=${signIn}>${busy ? 'Coming aboard…' : 'Come aboard'}</button>`
        : html`<p>You are not signed in here. Open the link that Deckhand printed when it started, or get a new one on the machine that runs it:</p>
          <pre><code>npm run -s deckhand -- sign-in</code></pre>
          <${ByPassword} onSignedIn=${onSignedIn} onProblem=${setProblem} />`
    }
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
  </main>`;
}

/** @param {{ onSignedIn: () => void, onProblem: (words: string) => void }} props */
function ByPassword({ onSignedIn, onProblem }) {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  /** @param {SubmitEvent} event */
  const signIn = async (event) => {
    event.preventDefault();
    setBusy(true);
    await api.signInByPassword(login, password).then(onSignedIn, (fault) => onProblem(fault.message));
    setBusy(false);
  };
  /** @param {(value: string) => void} set */
  const into = (set) => (/** @type {{ currentTarget: HTMLInputElement }} */ event) =>
    set(event.currentTarget.value);
  return html`<form class="by-password" aria-label="Sign in by name and password" onSubmit=${signIn}>
    <p class="quiet">Or with a name and a password, if you have set them:</p>
    <label>Name <input required autocomplete="username" value=${login} onInput=${into(setLogin)} /></label>
    <label>Password <input required type="password" autocomplete="current-password" value=${password} onInput=${into(setPassword)} /></label>
    <button type="submit" disabled=${busy}>Sign in</button>
  </form>`;
}
