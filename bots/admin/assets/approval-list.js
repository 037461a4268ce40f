import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { Badge, Link, Time } from './page.js';
import { dayTime } from './time.js';

/** @import { PageProps } from './types.ts' */

/** Questions of agents; open ones with their answers to press. @param {{ approvals: any[], me: PageProps['me'], go: (path: string) => void, onChange: () => void }} props */
export function ApprovalList({ approvals, me, go, onChange }) {
  return html`<ul class="cards">${approvals.map((one) => html`<${Card} key=${one.id} approval=${one} me=${me} go=${go} onChange=${onChange} />`)}</ul>`;
}

/** @param {{ approval: any, me: PageProps['me'], go: (path: string) => void, onChange: () => void }} props */
function Card({ approval, me, go, onChange }) {
  const { id, sessionId, request, revision, state, scope, decidedBy, decidedAt, createdAt, expiresAt } =
    approval;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const open = state === 'open';
  const decide = async (/** @type {boolean} */ grant, /** @type {string} */ as) => {
    setBusy(true);
    setProblem('');
    await api.decide(id, { grant, scope: as, revision }).then(onChange, (fault) => setProblem(fault.message));
    setBusy(false);
  };
  return html`<li class="card ${open ? 'card-open' : 'card-settled'}">
    <div class="card-head"><h3>May I ${request.title}?</h3><span class="quiet">asked <${Time} at=${createdAt} /> · <${Link} to=${`/sessions/${sessionId}`} go=${go}>session<//></span></div>
    <pre class="subject" tabindex="0"><code>${request.subject}</code></pre>
    ${request.why && html`<p class="why"><span class="quiet">Why: </span><bdi>${request.why}</bdi></p>`}
    ${
      open &&
      me.may.includes('decide') &&
      html`<div class="buttons">
        <button type="button" class="primary" disabled=${busy} onClick=${() => decide(true, 'once')}>Allow once</button>
        <button type="button" disabled=${busy} onClick=${() => decide(true, 'thread')}>Allow in this thread</button>
        <button type="button" class="danger" disabled=${busy} onClick=${() => decide(false, 'once')}>Deny</button>
      </div>`
    }
    ${
      open
        ? html`<p class="quiet">Closes ${dayTime(expiresAt)}, then it counts as “no”.</p>`
        : html`<p><${Badge} tone=${state === 'granted' ? 'good' : 'bad'}>${state}<//> <span class="quiet">${scope ? `${scope} · ` : ''}${decidedBy?.name ?? ''} <${Time} at=${decidedAt} none="" /></span></p>`
    }
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
  </li>`;
}
