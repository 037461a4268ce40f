import { useEffect, useState } from 'preact/hooks';
import { StopButton } from './blocks.js';
import { html } from './html.js';
import { Markdown } from './markdown.js';
import { Sign } from './marks.js';
import { elapsed } from './time.js';

/** @import { LiveWords, TurnStatus } from './types.ts' */

/**
 * What happens just now, under the last entry: the answer as it comes, the running command's output, the status.
 * `stop`: offer to stop the turn here, because no post of it does.
 * @param {{ turn: TurnStatus | null, words: LiveWords | null, may: string[], stop: boolean }} props
 */
export function NowLine({ turn, words, may, stop }) {
  if (!turn || turn.state === 'queued') return null;
  const mine = words?.turnId === turn.turnId ? words : null;
  const output = mine?.output && mine.output.key === turn.step?.key ? mine.output.text : '';
  return html`<div class="entry entry-now">
    <span></span>
    <div class="entry-body">
      ${mine?.answer && html`<div class="streaming"><h2 class="who">Deckhand</h2><${Markdown} text=${`${mine.partial ? '… ' : ''}${mine.answer}`} /></div>`}
      ${output && html`<pre class="output output-live" tabindex="0" aria-label="Output of the running command">${output}</pre>`}
      <div class="now-line">
        ${turn.state === 'running' ? html`<${Waves} />` : html`<${Sign} sign="⏸" />`}
        <span>${nowWords(turn)}</span>
        ${turn.state === 'running' && turn.startedAt && html`<${Clock} since=${turn.startedAt} />`}
        ${stop && html`<${StopButton} turnId=${turn.turnId} may=${may} stopping=${turn.stopping} />`}
      </div>
    </div>
  </div>`;
}

/** @param {TurnStatus} turn */
function nowWords({ state, step, stopping }) {
  if (stopping) return 'Stopping…';
  if (state === 'waiting') return 'Waiting for an answer';
  return step ? html`Working: <code>${step.title}</code>` : 'Working…';
}

/** @param {{ since: string }} props */
function Clock({ since }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return html`<span class="quiet num">${elapsed(now - Date.parse(since))}</span>`;
}

function Waves() {
  return html`<svg class="waves" viewBox="0 0 36 12" aria-hidden="true">
    <path d="M-12 6q3-5 6 0t6 0 6 0 6 0 6 0 6 0 6 0 6 0 6 0" />
  </svg>`;
}
