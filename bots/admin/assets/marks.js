import { html } from './html.js';

/** Beside the scripts, under the same changing address. */
export const icon = new URL('./icon.svg', import.meta.url).pathname;

/** The signs that our words begin with, drawn: not every system has a font for them. */
const drawn = {
  '✋': 'M4 2v12M4 3h8l-2 2.5 2 2.5H4',
  '✅': 'M2.5 8.5l3.5 3.5 7.5-8',
  '❌': 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  '⌛': 'M4 2h8M4 14h8M5 2c0 4 6 4 6 6s-6 2-6 6M11 2c0 4-6 4-6 6s6 2 6 6',
  '⏸': 'M5.5 3v10M10.5 3v10',
  '■': 'M4 4h8v8H4z',
  '↻': 'M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3',
  '📎': 'M11.5 5.5l-5 5a1.4 1.4 0 0 1-2-2l5.5-5.5a2.5 2.5 0 0 1 3.5 3.5L8 12a3.9 3.9 0 0 1-5.5-5.5l4-4',
};

/** @param {{ sign: keyof typeof drawn }} props */
export function Sign({ sign }) {
  return html`<svg class="sign" viewBox="0 0 16 16" aria-hidden="true"><path d=${drawn[sign]} /></svg>`;
}

/** Words with their leading sign drawn. @param {{ text: string }} props */
export function Words({ text }) {
  const [first = ''] = text;
  if (!(first in drawn)) return html`<span>${text}</span>`;
  return html`<span><${Sign} sign=${first} />${text.slice(first.length)}</span>`;
}
