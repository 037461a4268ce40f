import { useState } from 'preact/hooks';
import { api } from './api.js';
import { DocumentEditor, LayerTabs } from './document-page.js';
import { html } from './html.js';
import { into, PageFrame, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */
/** @import { DocumentPort, Layer } from './document-page.js' */

/** What agents are, in three layers. @param {PageProps} props */
export function Templates({ me, back }) {
  const [layer, setLayer] = useState(/** @type {Layer} */ ('system'));
  const [name, setName] = useState('assistant');
  const [said, setSaid] = useState('');
  const { found, problem } = useRead(() => api.get('/v1/templates'), []);
  // The line has its place before its words are there.
  const templates = found?.templates ?? [{ name, about: '\u00a0' }];
  const mayChange =
    layer === 'system' ? me.role === 'owner' : me.may.includes(layer === 'workspace' ? 'administer' : 'ask');
  return html`<${PageFrame} title="Templates" back=${back} said=${said} problem=${problem}
    lead="A template says what an agent is: its instructions, tools, models and limits. Layers narrow each other, so that yours may add care but no reach.">
    <form class="filters" aria-label="Which template" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>Template <select value=${name} onChange=${into(setName)}>${templates.map((/** @type {any} */ one) => html`<option key=${one.name}>${one.name}</option>`)}</select></label>
      <p class="quiet">${templates.find((/** @type {any} */ one) => one.name === name)?.about}</p></form>
    <${LayerTabs} layer=${layer} choose=${(/** @type {Layer} */ one) => {
      setSaid('');
      setLayer(one);
    }} />
    <${DocumentEditor} key=${`${name} ${layer}`} port=${portOf(name, layer, mayChange)} may=${me.may} say=${setSaid} />
  <//>`;
}

/** @param {string} name @param {Layer} layer @param {boolean} mayChange @returns {DocumentPort} */
const portOf = (name, layer, mayChange) => ({
  key: `${name} ${layer}`,
  proposalsAt: '/v1/template-proposals',
  empty: 'This layer says nothing of it: those above hold as they are. Begin with “format: 1”.',
  read: async () => {
    const { versions } = await api.get(`/v1/templates/${name}/versions?layer=${layer}`);
    return {
      text: versions[0]?.text ?? '',
      version: versions[0]?.version ?? 0,
      mayChange,
      versions: versions.map((/** @type {any} */ one) => ({
        version: one.version,
        savedAt: one.createdAt,
        savedBy: '',
      })),
    };
  },
  save: (text) => api.send('PUT', `/v1/templates/${name}`, { layer, text }),
  propose: (text, why) => api.send('POST', '/v1/template-proposals', { layer, name, text, why }),
  revert: (version) => api.send('POST', `/v1/templates/${name}/revert`, { layer, version }),
  diff: (from, to) =>
    api.get(`/v1/templates/${name}/diff?layer=${layer}&from=${from}${to === undefined ? '' : `&to=${to}`}`),
  proposals: async () =>
    (await api.get('/v1/template-proposals')).proposals.filter(
      (/** @type {any} */ one) => one.layer === layer && one.name === name,
    ),
});
