import { useState } from 'preact/hooks';
import { api } from './api.js';
import { ApprovalList } from './approval-list.js';
import { html } from './html.js';
import { Empty, PageFrame, Tabs, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

/** Questions that wait, and those that were answered. @param {PageProps} props */
export function Approvals({ me, back, go }) {
  const [state, setState] = useState(/** @type {'open' | 'settled'} */ ('open'));
  const { found, problem, refresh } = useRead(() => api.get(`/v1/approvals?state=${state}`), [state], 5_000);
  return html`<${PageFrame} title="Approvals" back=${back} problem=${problem}>
    <${Tabs} label="Which" options=${[
      ['open', 'Waiting'],
      ['settled', 'Answered'],
    ]} value=${state} choose=${setState} />
    ${
      found &&
      (found.approvals.length === 0
        ? html`<${Empty} title=${state === 'open' ? 'Nothing waits for an answer' : 'Nothing was asked yet'}>When an agent wants to do what policy does not simply allow, it asks in the thread and here. The first answer counts.<//>`
        : html`<h2 class="hidden">${state === 'open' ? 'Waiting for an answer' : 'Answered'}</h2><${ApprovalList} approvals=${found.approvals} me=${me} go=${go} onChange=${refresh} />`)
    }
  <//>`;
}
