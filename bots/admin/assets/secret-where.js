import { html } from './html.js';

/** @import { SecretPreset, SecretWhere, WhereChoice } from './types.ts' */

const ways = [
  { as: 'bearer', label: 'Authorization: Bearer …' },
  { as: 'header', label: 'A header of its own' },
  { as: 'basic', label: 'User name and password' },
  { as: 'query', label: 'Part of the address (?name=…)' },
];
const changes = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** What is chosen before anybody has chosen. @param {string | null} [preset] @returns {WhereChoice} */
export const newChoice = (preset) => ({
  kind: preset ?? 'other',
  host: '',
  write: false,
  as: 'bearer',
  name: '',
});

/** The choice as the API takes it. @param {WhereChoice} choice @returns {SecretWhere} */
export function whereOf({ kind, host, write, as, name, same }) {
  if (kind === 'same' && same) return { bindings: same };
  if (kind !== 'other') return { preset: kind, write, ...(host.trim() ? { host: host.trim() } : {}) };
  const hosts = host.split(/[\s,]+/).filter((one) => one !== '');
  const put = { as, ...(as === 'basic' ? { username: name } : as === 'bearer' ? {} : { name }) };
  return { bindings: [{ hosts, put, methods: ['GET', 'HEAD', ...(write ? changes : [])] }] };
}

/**
 * Where a secret may go and how it is put on.
 * @param {{ id: string, choice: WhereChoice, presets: SecretPreset[], onChange: (choice: WhereChoice) => void }} props
 */
export function WhereFields({ id, choice, presets, onChange }) {
  /** @param {Partial<WhereChoice>} change */
  const set = (change) => onChange({ ...choice, ...change });
  const preset = presets.find((one) => one.id === choice.kind);
  const other = choice.kind === 'other';
  return html`<fieldset class="where">
    <legend>Where it may go</legend>
    <label class="labelled" for=${`${id}-kind`}><span>What it is</span>
      <select id=${`${id}-kind`} value=${choice.kind} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => set({ kind: event.currentTarget.value })}>
        ${choice.same && html`<option value="same">As now</option>`}
        ${presets.map((one) => html`<option key=${one.id} value=${one.id}>${one.label}</option>`)}
        <option value="other">Something else</option>
      </select>
    </label>
    ${preset && html`<p class="quiet where-says">${preset.says}</p>`}
    ${
      choice.kind !== 'same' &&
      html`<label class="labelled" for=${`${id}-host`}><span>${other ? 'Hosts' : 'Host'}</span>
        <input id=${`${id}-host`} class="mono" value=${choice.host} placeholder=${preset?.host ?? 'api.example.com, *.example.org'}
          required=${other} spellcheck=${false} autocapitalize="off" autocomplete="off" onInput=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => set({ host: event.currentTarget.value })} />
      </label>`
    }
    ${other && html`<${WayFields} id=${id} choice=${choice} set=${set} />`}
    ${
      choice.kind !== 'same' &&
      html`<label class="tick"><input type="checkbox" checked=${choice.write} onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => set({ write: event.currentTarget.checked })} />
        <span>It may also change things there</span></label>`
    }
  </fieldset>`;
}

/** @param {{ id: string, choice: WhereChoice, set: (change: Partial<WhereChoice>) => void }} props */
function WayFields({ id, choice, set }) {
  const named = choice.as !== 'bearer';
  const label = choice.as === 'basic' ? 'User name' : choice.as === 'query' ? 'Parameter' : 'Header';
  const example = choice.as === 'basic' ? 'deploy' : choice.as === 'query' ? 'api_key' : 'X-Api-Key';
  return html`
    <label class="labelled" for=${`${id}-as`}><span>How it is put on</span>
      <select id=${`${id}-as`} value=${choice.as} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => set({ as: event.currentTarget.value })}>
        ${ways.map((way) => html`<option key=${way.as} value=${way.as}>${way.label}</option>`)}
      </select>
    </label>
    ${
      named &&
      html`<label class="labelled" for=${`${id}-name`}><span>${label}</span>
        <input id=${`${id}-name`} class="mono" value=${choice.name} placeholder=${example} required spellcheck=${false}
          autocapitalize="off" autocomplete="off" onInput=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => set({ name: event.currentTarget.value })} />
      </label>`
    }
  `;
}
