import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';
import { SecretForm } from './secret-form.js';
import { fullTime, shortTime } from './time.js';

/** @import { Secret, SecretEntrance, SecretPreset } from './types.ts' */

/**
 * @param {{ secrets: Secret[], mayChange: boolean, presets: SecretPreset[], entranceOf: (secret: Secret) => SecretEntrance, onStored: (names: string[]) => void, remove: (secret: Secret) => Promise<void> }} props
 */
export function SecretList({ secrets, ...props }) {
  return html`<ul class="secrets">${secrets.map((secret) => html`<${Row} key=${secret.id} secret=${secret} ...${props} />`)}</ul>`;
}

/** @param {Omit<Parameters<typeof SecretList>[0], 'secrets'> & { secret: Secret }} props */
function Row({ secret, mayChange, presets, entranceOf, onStored, remove }) {
  const [doing, setDoing] = useState(/** @type {'replace' | 'remove' | null} */ (null));
  const { name, goes, setBy, setAt, usedAt } = secret;
  return html`<li>
    <div class="secret-row">
      <div>
        <h3><code>${name}</code></h3>
        <ul class="goes">${goes.map((words) => html`<li key=${words}>${words}</li>`)}</ul>
        <p class="quiet">Set by <bdi>${setBy.name}</bdi> <time dateTime=${setAt} title=${fullTime(setAt)}>${shortTime(setAt)}</time> · ${
          usedAt
            ? html`last used <time dateTime=${usedAt} title=${fullTime(usedAt)}>${shortTime(usedAt)}</time>`
            : 'not used yet'
        }</p>
      </div>
      ${
        mayChange &&
        html`<div class="buttons">
          <button type="button" class="small" aria-expanded=${doing === 'replace'} aria-label=${`Replace ${name}`} onClick=${() => setDoing(doing === 'replace' ? null : 'replace')}>Replace</button>
          <button type="button" class="small" aria-expanded=${doing === 'remove'} aria-label=${`Remove ${name}`} onClick=${() => setDoing(doing === 'remove' ? null : 'remove')}>Remove</button>
        </div>`
      }
    </div>
    ${
      doing === 'replace' &&
      html`<${SecretForm} entrance=${entranceOf(secret)} presets=${presets} replaced=${secret} onStored=${(
        /** @type {string[]} */ names,
      ) => {
        setDoing(null);
        onStored(names);
      }} />`
    }
    ${doing === 'remove' && html`<${Confirm} name=${name} remove=${() => remove(secret)} keep=${() => setDoing(null)} />`}
  </li>`;
}

/** @param {{ name: string, remove: () => Promise<void>, keep: () => void }} props */
function Confirm({ name, remove, keep }) {
  const [problem, setProblem] = useState('');
  const first = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => first.current?.focus(), []);
  return html`<div class="confirm" role="group" aria-label=${`Remove ${name}?`}>
    <p>Remove <code>${name}</code> for good? Agents cannot use it any more.</p>
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    <p class="buttons">
      <button type="button" class="danger" onClick=${() => remove().catch((fault) => setProblem(fault.message))}>Remove for good</button>
      <button type="button" ref=${first} onClick=${keep}>Keep</button>
    </p>
  </div>`;
}
