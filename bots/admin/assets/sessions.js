import { useState } from 'preact/hooks';
import { api } from './api.js';
import { Flag } from './flag.js';
import { html } from './html.js';
import { Empty, into, Link, PageFrame, Table, Time, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

/** Every session, found by its title and state. @param {PageProps} props */
export function Sessions({ back, go }) {
  const [search, setSearch] = useState('');
  const [state, setState] = useState('');
  const [platform, setPlatform] = useState('');
  const [archived, setArchived] = useState('false');
  const [cursor, setCursor] = useState('');
  const query = new URLSearchParams(
    Object.entries({ search, state, platform, archived, cursor, limit: '50' }).filter(
      ([, value]) => value !== '',
    ),
  );
  const { found, problem } = useRead(() => api.get(`/v1/sessions?${query}`), [query.toString()], 10_000);
  /** @param {(value: string) => void} set */
  const filter = (set) =>
    into((value) => {
      setCursor('');
      set(value);
    });
  const narrowed = search !== '' || state !== '' || platform !== '' || archived !== 'false';
  return html`<${PageFrame} title="Sessions" back=${back} problem=${problem} wide>
    <form class="filters" role="search" aria-label="Sessions" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>Title <input type="search" value=${search} onInput=${filter(setSearch)} placeholder="backup" /></label>
      <label>State <select value=${state} onChange=${filter(setState)}>
        <option value="">any</option><option>running</option><option>waiting</option><option>queued</option><option>idle</option></select></label>
      <label>Platform <select value=${platform} onChange=${filter(setPlatform)}>
        <option value="">any</option><option>console</option><option>slack</option><option>matrix</option><option>discord</option></select></label>
      <label>Put away <select value=${archived} onChange=${filter(setArchived)}>
        <option value="false">left out</option><option value="true">only those</option><option value="all">shown too</option></select></label>
    </form>
    ${found && found.sessions.length === 0 && html`<${Empty} title=${narrowed ? 'None is like that' : 'No session yet'}>${narrowed ? 'Take a filter away.' : html`A thread becomes a session with its first request. <${Link} to="/" go=${go}>Open one<//>.`}<//>`}
    ${
      found &&
      found.sessions.length > 0 &&
      html`<${Table} label="Sessions" heads=${['', 'Title', 'Platform', 'Template', 'Events', 'Last activity']}>
      ${found.sessions.map(
        (/** @type {any} */ one) => html`<tr key=${one.id}>
        <td><${Flag} state=${one.state} /></td><td><${Link} to=${`/sessions/${one.id}`} go=${go}><bdi>${one.title || 'Untitled'}</bdi><//></td>
        <td>${one.platform}</td><td>${one.template}</td><td class="num">${one.headSeq}</td><td><${Time} at=${one.updatedAt} /></td>
      </tr>`,
      )}<//>`
    }
    <p class="buttons">
      ${cursor && html`<button type="button" onClick=${() => setCursor('')}>Newest</button>`}
      ${found?.next && html`<button type="button" onClick=${() => setCursor(found.next)}>Earlier</button>`}
    </p>
  <//>`;
}
