import { useState } from 'preact/hooks';
import { api } from './api.js';
import { DocumentEditor, LayerTabs } from './document-page.js';
import { html } from './html.js';
import { PageFrame } from './page.js';

/** @import { PageProps } from './types.ts' */
/** @import { DocumentPort, Layer } from './document-page.js' */

/** @type {Record<string, string>} */
const empties = {
  workspace: 'Then the system’s policy alone holds here. Begin with “format: 1” and a list of rules.',
  user: 'Then nothing of yours narrows what your agents reach. Begin with “format: 1” and a list of rules.',
};

/** What agents may reach, in three layers; the lower may only narrow the upper. @param {PageProps} props */
export function Policies({ me, back }) {
  const [layer, setLayer] = useState(/** @type {Layer} */ ('system'));
  const [said, setSaid] = useState('');
  return html`<${PageFrame} title="Policies" back=${back} said=${said}
    lead="What may leave a sandbox, what asks first, and what never passes. The system’s word is first, the workspace’s and your own narrow it.">
    <${LayerTabs} layer=${layer} choose=${(/** @type {Layer} */ one) => {
      setSaid('');
      setLayer(one);
    }} />
    <${DocumentEditor} key=${layer} port=${portOf(layer)} may=${me.may} say=${setSaid} />
  <//>`;
}

/** @param {Layer} layer @returns {DocumentPort} */
const portOf = (layer) => ({
  key: layer,
  proposalsAt: '/v1/policy-proposals',
  empty: empties[layer] ?? '',
  read: async () => {
    const { current, versions, mayChange } = await api.get(`/v1/policies/${layer}`);
    return {
      text: current?.text ?? '',
      version: current?.version ?? 0,
      mayChange,
      versions: versions.map((/** @type {any} */ one) => ({
        version: one.version,
        savedAt: one.savedAt,
        savedBy: one.savedBy?.name ?? '',
      })),
    };
  },
  save: (text, after) => api.send('POST', `/v1/policies/${layer}`, { text, after }),
  propose: (text, why) => api.send('POST', '/v1/policy-proposals', { layer, change: { text }, why }),
  revert: (version) => api.send('POST', `/v1/policies/${layer}/revert`, { version }),
  diff: (from, to) =>
    api.get(`/v1/policies/${layer}/diff?from=${from}${to === undefined ? '' : `&to=${to}`}`),
  proposals: async () =>
    (await api.get('/v1/policy-proposals')).proposals.filter((/** @type {any} */ one) => one.layer === layer),
});
