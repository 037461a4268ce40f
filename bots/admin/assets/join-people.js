import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { into } from './page.js';

/**
 * Two entries that are one person, joined by hand. People do it themselves with `link` in a chat.
 * @param {{ users: any[], run: (work: Promise<unknown>, words: string) => Promise<void> }} props
 */
export function JoinPeople({ users, run }) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [sure, setSure] = useState(false);
  if (users.length < 2) return null;
  const nameOf = (/** @type {string} */ id) => users.find((user) => user.id === id)?.name ?? '';
  const chosen = from !== '' && to !== '' && from !== to;
  const join = () => {
    setSure(false);
    setFrom('');
    run(
      api.send('POST', `/v1/users/${to}/joins`, { from }),
      `${nameOf(from)} and ${nameOf(to)} are one person now.`,
    );
  };
  /** @param {string} label @param {string} value @param {(value: string) => void} set */
  const choice = (label, value, set) => html`<label>${label}
    <select required value=${value} onChange=${into((one) => {
      setSure(false);
      set(one);
    })}><option value="">choose</option>${users.map((user) => html`<option key=${user.id} value=${user.id}>${user.name} (${user.identities.map((/** @type {any} */ one) => one.platform).join(', ')})</option>`)}</select></label>`;
  return html`<section class="part"><h2>One person, two entries</h2>
    <p class="quiet">Whoever writes from two platforms is two people here until their accounts are joined. They can do that themselves: <code>link</code> in a chat shows how.</p>
    <form class="inline-form" aria-label="Join two entries" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      setSure(chosen);
    }}>
      ${choice('This one', from, setFrom)}
      ${choice('is the same as', to, setTo)}
      ${!sure && html`<button type="submit" disabled=${!chosen}>Join</button>`}
    </form>
    ${
      sure &&
      html`<p role="alert" class="line line-wait">Accounts, sessions and schedules of <strong><bdi>${nameOf(from)}</bdi></strong> become those of <strong><bdi>${nameOf(to)}</bdi></strong>, with the role and the secrets there. Only accounts can be separated again.</p>
      <p class="buttons"><button type="button" class="danger" onClick=${join}>Yes, join them</button> <button type="button" onClick=${() => setSure(false)}>No</button></p>`
    }
  </section>`;
}
