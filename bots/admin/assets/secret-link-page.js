import { useEffect, useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { icon } from './marks.js';
import { SecretEntry, storedWords } from './secret-entry.js';
import { clockTime } from './time.js';

/** @import { SecretInput, SecretLink } from './types.ts' */

/** The page behind a one-time link: for whom, until when, and the form. Nobody is signed in. @param {{ token: string }} props */
export function SecretLinkPage({ token }) {
  const [link, setLink] = useState(/** @type {SecretLink | null} */ (null));
  const [problem, setProblem] = useState('');
  const [stored, setStored] = useState(/** @type {string[] | null} */ (null));
  useEffect(() => {
    document.title = 'Enter secrets · Deckhand';
    if (token === '')
      return setProblem('The link that was here has been used. For another one, ask where you got it.');
    api.lookAtLink({ token }).then(setLink, (fault) => setProblem(fault.message));
  }, []);
  /** @param {string[]} names */
  const onStored = (names) => {
    // The spent token has no business in the history.
    window.history.replaceState(null, '', '/s/');
    setStored(names);
  };
  return html`<main class="sheet sheet-alone">
    <div class="sheet-inner">
      <p class="brand"><img src=${icon} alt="" width="28" height="28" /><span>Deckhand</span></p>
      ${problem && html`<h1>Nothing to enter here</h1><p role="alert" class="lead">${problem}</p>`}
      ${stored && html`<h1>Thank you</h1><p role="status" class="lead">${storedWords(stored)} The link is spent. You can close this page and go back to your thread.</p>`}
      ${
        link &&
        !stored &&
        html`<h1>Enter secrets</h1>
        <p class="lead">For <strong><bdi>${link.person}</bdi></strong> in <bdi>${link.workspace}</bdi>. Not you? Then close this page: what you enter here would be theirs.</p>
        <${SecretEntry} entrance=${{
          store: (/** @type {SecretInput} */ input) => api.spendLink({ token, input }),
          preview: (/** @type {string} */ text) => api.previewByLink({ token, text }),
        }} presets=${link.presets} onStored=${onStored} />
        <p class="quiet">This link works once, until ${clockTime(link.expiresAt)}.</p>`
      }
    </div>
  </main>`;
}
