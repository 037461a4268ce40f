import { useEffect, useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { LineDiff } from './line-diff.js';
import { Badge, Empty, into, Tabs, Time, useRead } from './page.js';

/** @typedef {'system' | 'workspace' | 'user'} Layer Whose word it is; a lower one may only narrow. */

/**
 * @typedef {object} DocumentPort What a policy's or a template's layer can do.
 * @property {string} key Another key is another document.
 * @property {() => Promise<{ text: string, version: number, versions: { version: number, savedAt: string | null, savedBy: string }[], mayChange: boolean }>} read
 * @property {(text: string, after: number) => Promise<unknown>} save
 * @property {(text: string, why: string) => Promise<unknown>} propose
 * @property {(version: number) => Promise<unknown>} revert
 * @property {(from: number, to?: number) => Promise<any>} diff
 * @property {() => Promise<any[]>} proposals
 * @property {string} proposalsAt Address of proposals.
 * @property {string} empty What it means that there is none.
 */

/** @param {{ layer: Layer, choose: (layer: Layer) => void }} props */
export function LayerTabs({ layer, choose }) {
  return html`<${Tabs} label="Layer" options=${[
    ['system', 'System'],
    ['workspace', 'Workspace'],
    ['user', 'My own'],
  ]} value=${layer} choose=${choose} />`;
}

/** A document in versions: read, changed or proposed, compared, taken back. @param {{ port: DocumentPort, may: string[], say: (words: string) => void }} props */
export function DocumentEditor({ port, may, say }) {
  const { found, problem, refresh } = useRead(async () => {
    const [document, proposals] = await Promise.all([port.read(), readProposals(port)]);
    return { ...document, proposals };
  }, [port.key]);
  const [text, setText] = useState('');
  const [why, setWhy] = useState('');
  const [fault, setFault] = useState('');
  const [compared, setCompared] = useState(/** @type {{ version: number, diff: any } | null} */ (null));
  useEffect(() => {
    if (found) setText(found.text);
    setCompared(null);
    setFault('');
  }, [found]);
  if (problem) return html`<p role="alert" class="line line-alert">${problem}</p>`;
  if (!found) return null;
  const changed = text !== found.text;
  /** @param {() => Promise<unknown>} work @param {string} words */
  const run = (work, words) => {
    setFault('');
    work().then(
      () => {
        say(words);
        setWhy('');
        refresh();
      },
      (failed) => setFault(failed.message),
    );
  };
  return html`
    <${Proposals} at=${port.proposalsAt} proposals=${found.proposals} say=${say} onChange=${refresh} />
    ${found.text === '' && html`<${Empty} title="Nothing written yet">${port.empty}<//>`}
    <form class="document" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label for="document-text">${found.version > 0 ? `Version ${found.version}` : 'As it came with Deckhand'}</label>
      <textarea id="document-text" class="code-field" spellcheck=${false} rows="18" readonly=${!may.includes('ask')} value=${text} onInput=${into(setText)}></textarea>
      ${fault && html`<p role="alert" class="line line-alert">${fault}</p>`}
      ${
        changed &&
        (found.mayChange
          ? html`<p class="buttons"><button type="button" class="primary" onClick=${() => run(() => port.save(text, found.version), 'Saved: it holds from the next request on.')}>Save as a new version</button>
          <button type="button" onClick=${() => setText(found.text)}>Undo</button></p>`
          : may.includes('ask') &&
            html`<label>Why it should change <input value=${why} maxlength="1000" onInput=${into(setWhy)} /></label>
          <p class="buttons"><button type="button" class="primary" disabled=${why.trim() === ''} onClick=${() => run(() => port.propose(text, why), 'Proposed: whoever may save it finds it on this page.')}>Propose it</button></p>`)
      }
    </form>
    <section class="part"><h2>Versions</h2>
      ${found.versions.length === 0 && html`<p class="quiet">None was saved yet.</p>`}
      <ul class="rows-list">${found.versions.map(
        ({ version, savedAt, savedBy }) => html`<li key=${version}>
        <strong class="num">${version}</strong> <span class="quiet">${savedBy} <${Time} at=${savedAt} none="shipped" /></span>
        ${
          version !== found.version &&
          html`<button type="button" class="small" onClick=${() =>
            port.diff(version).then(
              (diff) => setCompared({ version, diff }),
              (failed) => setFault(failed.message),
            )}>What changed since</button>`
        }
        ${version !== found.version && found.mayChange && html`<button type="button" class="small" onClick=${() => run(() => port.revert(version), `Version ${version} holds again, as the newest.`)}>Take it back to this</button>`}
        ${compared?.version === version && html`<${LineDiff} diff=${compared.diff} />`}
      </li>`,
      )}</ul>
    </section>`;
}

/** What waits for a word, each with what it would change. @param {DocumentPort} port */
async function readProposals(port) {
  const proposals = await port.proposals();
  return Promise.all(
    proposals.map(async (one) => ({ ...one, diff: await api.get(`${port.proposalsAt}/${one.id}/diff`) })),
  );
}

/** @param {{ at: string, proposals: any[], say: (words: string) => void, onChange: () => void }} props */
function Proposals({ at, proposals, say, onChange }) {
  if (proposals.length === 0) return null;
  return html`<section class="part"><h2>Proposed</h2><ul class="cards">
    ${proposals.map(
      (one) =>
        html`<${Proposal} key=${one.id} at=${at} proposal=${one} onDone=${(/** @type {string} */ words) => {
          say(words);
          onChange();
        }} />`,
    )}</ul></section>`;
}

/** @param {{ at: string, proposal: any, onDone: (words: string) => void }} props */
function Proposal({ at, proposal, onDone }) {
  const [fault, setFault] = useState('');
  /** @param {'apply' | 'drop'} act @param {string} words */
  const decide = (act, words) => {
    api.send('POST', `${at}/${proposal.id}/${act}`).then(
      () => onDone(words),
      (failed) => setFault(failed.message),
    );
  };
  return html`<li class="card card-open">
    <div class="card-head"><h3><bdi>${proposal.why}</bdi></h3><${Badge} tone="wait">proposal<//></div>
    <p class="quiet"><bdi>${proposal.proposedBy.name}</bdi> <${Time} at=${proposal.proposedAt} /></p>
    <${LineDiff} diff=${proposal.diff} />
    <div class="buttons">
      ${proposal.mayDecide && html`<button type="button" class="primary" onClick=${() => decide('apply', 'Applied: it is the newest version.')}>Apply</button>`}
      <button type="button" class="danger" onClick=${() => decide('drop', 'Dropped. Nothing changed.')}>${proposal.mayDecide ? 'Drop' : 'Take it back'}</button>
    </div>
    ${fault && html`<p role="alert" class="line line-alert">${fault}</p>`}
  </li>`;
}
