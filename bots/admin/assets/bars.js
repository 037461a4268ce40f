import { html } from './html.js';

const width = 480;
const height = 120;

/** A plot of counts, each told in words too. @param {{ label: string, values: { name: string, value: number, bad: number }[] }} props */
export function Bars({ label, values }) {
  const most = Math.max(1, ...values.map(({ value }) => value));
  const total = values.reduce((sum, { value }) => sum + value, 0);
  const step = width / values.length;
  const told = `${label}: ${compact(total)} in all, at most ${compact(most)} in one.`;
  return html`<figure class="bars">
    <svg viewBox="0 0 ${width} ${height + 18}" role="img" aria-label=${told}>
      <line class="bars-line" x1="0" x2=${width} y1=${height} y2=${height} />
      ${values.map(({ name, value, bad }, index) => {
        const tall = (value / most) * (height - 8);
        const red = (bad / most) * (height - 8);
        const x = index * step + step * 0.15;
        return html`<g key=${index}><title>${name}: ${value}${bad ? `, ${bad} failed` : ''}</title>
          <rect class="bar-hit" x=${index * step} y="0" width=${step} height=${height} />
          <rect class="bar-value" x=${x} y=${height - tall} width=${step * 0.7} height=${tall} rx="1.5" />
          ${bad > 0 && html`<rect class="bar-bad" x=${x} y=${height - red} width=${step * 0.7} height=${red} rx="1.5" />`}
        </g>`;
      })}
      <text class="bars-text" x="0" y=${height + 14}>${values[0]?.name}</text>
      <text class="bars-text" x=${width} y=${height + 14} text-anchor="end">${values.at(-1)?.name}</text>
    </svg>
    <figcaption class="quiet">${compact(total)} in all</figcaption>
  </figure>`;
}

const format = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
/** @param {number} count */
const compact = (count) => format.format(count);
