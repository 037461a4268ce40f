import { useState } from 'preact/hooks';
import { api } from './api.js';
import { EgressTable } from './egress-table.js';
import { html } from './html.js';
import { Empty, into, PageFrame, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

/** What tried to leave, over all sandboxes. @param {PageProps} props */
export function Egress({ back, go }) {
  const [host, setHost] = useState('');
  const [outcome, setOutcome] = useState('');
  const [secret, setSecret] = useState('');
  const [cursor, setCursor] = useState('');
  const query = new URLSearchParams(
    Object.entries({ host, outcome, secret, cursor }).filter(([, value]) => value !== ''),
  );
  const { found, problem } = useRead(() => api.get(`/v1/egress?${query}`), [query.toString()], 5_000);
  /** @param {(value: string) => void} set */
  const filter = (set) =>
    into((value) => {
      setCursor('');
      set(value);
    });
  const narrowed = host !== '' || outcome !== '' || secret !== '';
  return html`<${PageFrame} title="Egress log" back=${back} problem=${problem} wide
    lead="A sandbox has one way out. Each request that came to it stands here, with what decided.">
    <form class="filters" role="search" aria-label="Egress log" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>Host <input type="search" value=${host} onInput=${filter(setHost)} placeholder="example.com" /></label>
      <label>Outcome <select value=${outcome} onChange=${filter(setOutcome)}><option value="">any</option><option>passed</option><option>refused</option><option>failed</option></select></label>
      <label>Secret <input type="search" value=${secret} onInput=${filter(setSecret)} placeholder="GITHUB_TOKEN" /></label>
    </form>
    ${
      found &&
      (found.entries.length === 0
        ? html`<${Empty} title=${narrowed ? 'None is like that' : 'Nothing has left yet'}>${narrowed ? 'Take a filter away.' : 'The first request of an agent’s command is written here before its answer comes back.'}<//>`
        : html`<${EgressTable} entries=${found.entries} go=${go} />`)
    }
    <p class="buttons">
      ${cursor && html`<button type="button" onClick=${() => setCursor('')}>Newest</button>`}
      ${found?.next && html`<button type="button" onClick=${() => setCursor(found.next)}>Earlier</button>`}
    </p>
  <//>`;
}
