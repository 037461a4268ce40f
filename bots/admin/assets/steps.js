import { useEffect, useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { elapsed } from './time.js';

/** @import { Step, TurnDocument } from './types.ts' */

const marks = { running: '◐', done: '✓', failed: '✗', interrupted: '✗', asking: '⏸', denied: '✗' };
const states = {
  running: 'running',
  done: 'done',
  failed: 'failed',
  interrupted: 'interrupted: it may or may not have run',
  asking: 'waits for an answer',
  denied: 'denied',
};

/**
 * A turn's document, read when it is first needed and again whenever `version` changes.
 * @param {string} turnId @param {boolean} wanted @param {unknown} version
 */
export function useDocument(turnId, wanted, version) {
  const [document, setDocument] = useState(/** @type {TurnDocument | null} */ (null));
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    api.turn(turnId).then(
      (read) => !gone && setDocument(read),
      (fault) => !gone && setProblem(fault.message),
    );
    return () => {
      gone = true;
    };
  }, [turnId, wanted, version]);
  return { document, problem };
}

/** Steps with their output, each folded. @param {{ steps: Step[] }} props */
export function Steps({ steps }) {
  return html`<ol class="steps">
    ${steps.map((step) => html`<li key=${step.key}><${StepFold} step=${step} /></li>`)}
  </ol>`;
}

/** @param {{ step: Step }} props */
function StepFold({ step }) {
  const { title, state, output, exitCode, ms } = step;
  const failed = exitCode !== null && exitCode !== 0;
  return html`<details class="step">
    <summary>
      <span class="mark mark-${failed ? 'failed' : state}" aria-hidden="true">${failed ? '✗' : marks[state]}</span>
      <code class="step-title">${title}</code>
      <span class="quiet">${failed ? `exit ${exitCode}` : state === 'done' ? '' : states[state]}</span>
      <span class="quiet num">${ms === null ? '' : ms < 1000 ? `${ms} ms` : elapsed(ms)}</span>
    </summary>
    <pre class="output" tabindex="0">${output || '(no output)'}</pre>
  </details>`;
}

/** All that a receipt line stands for. @param {{ document: TurnDocument, sessionId: string }} props */
export function ReceiptDetails({ document, sessionId }) {
  const { steps, receipt } = document;
  const { hosts, secrets, refused, alarms, approvals, usage } = receipt;
  return html`<div class="receipt-details">
    ${steps.length > 0 ? html`<${Steps} steps=${steps} />` : html`<p class="quiet">It did nothing but answer.</p>`}
    <dl>
      <dt>Network</dt>
      <dd>${hosts.length === 0 ? 'Nothing left.' : hosts.map((it) => `${it.host}: ${it.requests} requests, ${it.bytes} bytes`).join('; ')}</dd>
      ${
        refused > 0 &&
        html`<dt>Refused</dt>
      <dd>${refused === 1 ? '1 request' : `${refused} requests`} at the door</dd>`
      }
      ${
        alarms.length > 0 &&
        html`<dt>Stopped</dt>
      <dd><bdi>${alarms.join('; ')}</bdi></dd>`
      }
      <dt>Secrets</dt>
      <dd>${secrets.length === 0 ? 'None was used.' : secrets.map((it) => `${it.name} ${it.uses}×`).join('; ')}</dd>
      ${
        approvals.length > 0 &&
        html`<dt>Approvals</dt>
      <dd>${approvals.map((it) => `${it.by}: ${it.granted} allowed, ${it.denied} denied`).join('; ')}</dd>`
      }
      <dt>Model</dt>
      <dd>${usage.requests === 1 ? '1 call' : `${usage.requests} calls`}, ${usage.inputTokens} tokens in, ${usage.outputTokens} out</dd>
      <dt>Log</dt>
      <dd><code>npm run -s deckhand -- events ${sessionId}</code></dd>
    </dl>
  </div>`;
}
