import { useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { Markdown } from './markdown.js';
import { Sign, Words } from './marks.js';
import { ScheduleBlock } from './schedule-card.js';
import { ReceiptDetails, Steps, useDocument } from './steps.js';
import { clockTime, dayTime, fileSize } from './time.js';

/** @import { Block, ShownFile } from './types.ts' */

/** @typedef {{ turnId: string, version: number, may: string[], say: (text: string) => Promise<void> }} Setting */
/** @template {Block['type']} T @typedef {Extract<Block, { type: T }>} Of */

/** One piece of a post. @param {{ block: Block, setting: Setting }} props */
export function BlockView({ block, setting }) {
  switch (block.type) {
    case 'markdown':
      return html`<${Markdown} text=${block.text} />`;
    case 'line':
      return html`<p class="line line-${block.tone}"><${Words} text=${block.text} />${block.at && html`<span class="quiet"> · ${clockTime(block.at)}</span>`}</p>`;
    case 'checklist':
      return html`<${Checklist} block=${block} setting=${setting} />`;
    case 'approval':
      return html`<${ApprovalCard} block=${block} setting=${setting} />`;
    case 'files':
      return html`<${FileChips} files=${block.files} />`;
    case 'receipt':
      return html`<${ReceiptFold} block=${block} setting=${setting} />`;
    case 'schedule':
      return html`<${ScheduleBlock} scheduleId=${block.scheduleId} may=${setting.may} />`;
  }
}

/** @param {{ files: ShownFile[] }} props */
export function FileChips({ files }) {
  return html`<ul class="chips" aria-label="Files">
    ${files.map(
      (file) => html`<li key=${file.id}>
        <a class="chip" href=${`/v1/files/${file.id}`} download=${file.name}>
          <${Sign} sign="📎" /><bdi class="chip-name">${file.name}</bdi>
          <span class="quiet num">${fileSize(file.size)}</span>
        </a>
      </li>`,
    )}
  </ul>`;
}

/** @param {{ block: Of<'checklist'>, setting: Setting }} props */
function Checklist({ block, setting }) {
  const [open, setOpen] = useState(false);
  const { document, problem } = useDocument(setting.turnId, open, setting.version);
  return html`<section class="checklist" aria-label="Progress">
    <div class="row">
      <strong class="num"><${Words} text=${block.headline} /></strong>
      ${block.stop && html`<${StopButton} turnId=${setting.turnId} may=${setting.may} />`}
    </div>
    ${
      block.rows.length > 0 &&
      html`<ul class="rows">
      ${block.rows.map(
        (row, index) => html`<li key=${row.steps[0] ?? index} class=${row.mark === '◐' ? 'now' : ''}>
          <span class="mark mark-${row.mark}" aria-hidden="true">${row.mark}</span><span>${row.text}</span>
        </li>`,
      )}
    </ul>`
    }
    <details onToggle=${(/** @type {{ currentTarget: HTMLDetailsElement }} */ event) => setOpen(event.currentTarget.open)}>
      <summary>Details</summary>
      ${problem && html`<p class="line line-alert">${problem}</p>`}
      ${document && html`<${Steps} steps=${document.steps} />`}
    </details>
  </section>`;
}

/** @param {{ turnId: string, may: string[], stopping?: boolean, label?: string }} props */
export function StopButton({ turnId, may, stopping, label = 'Stop' }) {
  const [problem, setProblem] = useState('');
  const [asked, setAsked] = useState(false);
  if (!may.includes('stop')) return null;
  const stop = () => {
    setAsked(true);
    api.stop(turnId).catch((fault) => {
      setAsked(false);
      setProblem(fault.message);
    });
  };
  return html`<span class="stop">
    <button type="button" class="small" disabled=${asked || stopping} onClick=${stop}>
      ${asked || stopping ? 'Stopping…' : label}
    </button>
    ${problem && html`<span role="alert" class="quiet">${problem}</span>`}
  </span>`;
}

/** @param {{ block: Of<'approval'>, setting: Setting }} props */
function ApprovalCard({ block, setting }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const open = block.outcome === null;
  const allowed = setting.may.includes('decide');
  /** @param {boolean} grant @param {'once' | 'thread' | 'always'} scope */
  const decide = async (grant, scope) => {
    setBusy(true);
    setProblem('');
    await api.decide(block.approvalId, { grant, scope, revision: block.revision }).catch((fault) => {
      setProblem(fault.message);
      setBusy(false);
    });
  };
  return html`<section class="card ${open ? 'card-open' : 'card-settled'}" aria-label="Approval">
    <h3><${Words} text=${block.question} /></h3>
    <pre class="subject" tabindex="0"><code>${block.subject}</code></pre>
    ${block.why && html`<p class="why"><span class="quiet">Why: </span><bdi>${block.why}</bdi></p>`}
    ${
      open &&
      allowed &&
      html`<div class="buttons">
      <button type="button" class="primary" disabled=${busy} onClick=${() => decide(true, 'once')}>Allow once</button>
      <button type="button" disabled=${busy} onClick=${() => decide(true, 'thread')}>Allow in this thread</button>
      ${
        block.kind === 'host' &&
        html`<button type="button" disabled=${busy} onClick=${() => decide(true, 'always')} title="Allows it in this thread, and proposes it to an administrator for all of yours">Always…</button>`
      }
      <button type="button" class="danger" disabled=${busy} onClick=${() => decide(false, 'once')}>Deny</button>
    </div>`
    }
    ${
      block.outcome
        ? html`<p class="outcome"><${Words} text=${block.outcome.text} />${block.outcome.at && ` · ${clockTime(block.outcome.at)}`}</p>`
        : html`<p class="quiet">Closes ${dayTime(block.expiresAt)}, then I take it as “no”.${!allowed && ' You may look, but not answer.'}</p>`
    }
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
  </section>`;
}

/** @param {{ block: Of<'receipt'>, setting: Setting }} props */
function ReceiptFold({ block, setting }) {
  const [open, setOpen] = useState(false);
  const { document, problem } = useDocument(setting.turnId, open, setting.version);
  const [refused, setRefused] = useState('');
  const retry = async () => {
    setRefused('');
    try {
      await setting.say((await api.turn(setting.turnId)).text);
    } catch (fault) {
      setRefused(/** @type {Error} */ (fault).message);
    }
  };
  return html`<div class="receipt">
    <details onToggle=${(/** @type {{ currentTarget: HTMLDetailsElement }} */ event) => setOpen(event.currentTarget.open)}>
      <summary><span class="receipt-line">${block.line}</span> <span class="receipt-word">Receipt</span></summary>
      ${problem && html`<p class="line line-alert">${problem}</p>`}
      ${document && html`<${ReceiptDetails} document=${document} sessionId=${document.sessionId} />`}
    </details>
    ${refused && html`<p role="alert" class="line line-alert">${refused}</p>`}
    ${block.retry && setting.may.includes('ask') && html`<button type="button" class="small" onClick=${retry}>Retry</button>`}
  </div>`;
}
