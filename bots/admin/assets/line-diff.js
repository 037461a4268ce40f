import { html } from './html.js';

/** @type {Record<string, string>} */
const signs = { in: '+', out: '−', same: ' ' };
const around = 3;

/** What changed, with a few lines around each change. @param {{ diff: { lines: { op: string, text: string }[], in: number, out: number } }} props */
export function LineDiff({ diff }) {
  if (diff.in + diff.out === 0) return html`<p class="quiet">No line differs.</p>`;
  const near = diff.lines.map((_, index) =>
    diff.lines.slice(Math.max(0, index - around), index + around + 1).some(({ op }) => op !== 'same'),
  );
  return html`<div class="diff" role="region" tabindex="0" aria-label=${`${diff.in} lines in, ${diff.out} lines out`}>
    ${diff.lines.map((line, index) => {
      if (!near[index]) return near[index - 1] ? html`<div key=${index} class="diff-gap">⋯</div>` : null;
      return html`<div key=${index} class="diff-${line.op}"><span aria-hidden="true">${signs[line.op]}</span><code>${line.text || ' '}</code></div>`;
    })}
  </div>`;
}
