import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { Badge, Empty, into, PageFrame, Table, Time, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

/** Who did what to this Deckhand. @param {PageProps} props */
export function Audit({ back }) {
  const [what, setWhat] = useState('');
  const [before, setBefore] = useState('');
  const query = new URLSearchParams(Object.entries({ what, before }).filter(([, value]) => value !== ''));
  const { found, problem } = useRead(() => api.get(`/v1/audit?${query}`), [query.toString()]);
  const [verdict, setVerdict] = useState(/** @type {any} */ (null));
  const last = found?.entries.at(-1)?.n ?? 0;
  return html`<${PageFrame} title="Audit log" back=${back} problem=${problem} wide
    lead="Changes of people, keys, policies, templates, secrets and schedules, done or refused. What agents do stands in their sessions’ own logs.">
    <form class="filters" role="search" aria-label="Audit log" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>What <input type="search" value=${what} onInput=${into((value) => {
        setBefore('');
        setWhat(value.trim());
      })} placeholder="policy.saved" /></label>
      <button type="button" onClick=${() => api.get('/v1/audit/verification').then(setVerdict, (fault) => setVerdict({ fault }))}>Check the chain</button>
      ${verdict?.ok && html`<p role="status"><${Badge} tone="good">whole<//> ${verdict.entries} entries</p>`}
      ${verdict?.fault && html`<p role="alert" class="line line-alert">${verdict.fault.message}</p>`}
    </form>
    ${
      found &&
      (found.entries.length === 0
        ? html`<${Empty} title=${what ? 'None is like that' : 'Nothing has been changed yet'}>Whatever somebody changes here is written down with their name, signed and chained.<//>`
        : html`<${Table} label="Entries" heads=${['', 'When', 'Who', 'What', 'To what']}>
        ${found.entries.map(
          (/** @type {any} */ one) => html`<tr key=${one.n}>
          <td><${Badge} tone=${one.status < 400 ? 'good' : 'bad'}>${one.status < 400 ? 'done' : 'refused'}<//></td><td><${Time} at=${one.at} /></td>
          <td><bdi>${one.by?.name ?? 'nobody'}</bdi>${one.by?.keyId && html` <span class="quiet">by key</span>`}</td><td><code>${one.what}</code></td>
          <td class="wide-cell quiet">${Object.entries(one.of)
            .map(([name, value]) => `${name} ${value}`)
            .join(' · ')}${one.code ? ` (${one.code})` : ''}</td></tr>`,
        )}<//>`)
    }
    <p class="buttons">
      ${before && html`<button type="button" onClick=${() => setBefore('')}>Newest</button>`}
      ${found?.entries.length === 100 && html`<button type="button" onClick=${() => setBefore(String(last))}>Earlier</button>`}
    </p>
  <//>`;
}
