import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { into, useRead } from './page.js';

/**
 * Erases a person's data: named in full before it is asked for, and told how far it has come until it is over.
 * @param {{ users: any[], me: any, run: (work: Promise<unknown>, words: string) => Promise<void> }} props
 */
export function ErasePerson({ users, me, run }) {
  const [who, setWho] = useState('');
  const [sure, setSure] = useState(false);
  const [asked, setAsked] = useState(/** @type {{ id: string, name: string } | null} */ (null));
  const others = users.filter((user) => user.id !== me.userId);
  if (me.role !== 'owner' || (others.length === 0 && !asked)) return null;
  const person = others.find((user) => user.id === who);
  const erase = () => {
    setSure(false);
    setWho('');
    setAsked({ id: person.id, name: person.name });
    run(api.send('DELETE', `/v1/users/${person.id}/data`), `The data of ${person.name} is being erased.`);
  };
  return html`<section class="part"><h2>Erase a person's data</h2>
    <p class="quiet">For somebody who asks for it, or has left. Logs keep their rows and still verify; signed events say what was taken.</p>
    <form class="inline-form" aria-label="Erase a person's data" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      setSure(Boolean(person));
    }}>
      <label>Person <select required value=${who} onChange=${into((one) => {
        setSure(false);
        setWho(one);
      })}><option value="">choose</option>${others.map((user) => html`<option key=${user.id} value=${user.id}>${user.name} (${user.identities.map((/** @type {any} */ one) => one.platform).join(', ')})</option>`)}</select></label>
      ${!sure && html`<button type="submit" disabled=${!person}>Erase…</button>`}
    </form>
    ${
      sure &&
      person &&
      html`<div role="alert" class="line line-wait">
        <p><strong><bdi>${person.name}</bdi></strong>: what they asked and were answered, their files, workspaces, secrets, schedules, templates, keys, accounts and their name are erased here, for good. Turns of theirs are stopped.</p>
        <p>What stays: numbers of use and hashes, without a name; what others wrote, also about them; what stands on Slack, Discord or Matrix; backups until they are replaced.</p>
      </div>
      <p class="buttons"><button type="button" class="danger" onClick=${erase}>Yes, erase it for good</button> <button type="button" onClick=${() => setSure(false)}>No</button></p>`
    }
    ${asked && html`<${Progress} key=${asked.id} person=${asked} />`}
  </section>`;
}

/** @param {{ person: { id: string, name: string } }} props */
function Progress({ person }) {
  const { found, problem } = useRead(() => api.get(`/v1/users/${person.id}/data`), [person.id], 2000);
  const erasure = found?.erasure;
  if (problem) return html`<p role="alert" class="line line-alert">${problem}</p>`;
  if (!erasure) return null;
  /** @type {Record<string, string>} */
  const words = {
    clearing: erasure.waitsFor
      ? `It waits for ${erasure.waitsFor}, and goes on by itself.`
      : 'It is under way.',
    sweeping: `${erasure.events} events lost their words. Files that nothing names any more go within the hour.`,
    done: `All of it is gone: ${erasure.events} events lost their words.`,
  };
  return html`<p role="status"><bdi>${person.name}</bdi>: ${words[erasure.state]}</p>`;
}
