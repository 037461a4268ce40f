import { useState } from 'preact/hooks';
import { html } from './html.js';
import { SecretForm } from './secret-form.js';
import { SecretPaste } from './secret-paste.js';

/** @import { SecretEntrance, SecretPreset } from './types.ts' */

/**
 * Where secrets are entered: one, or a pasted `.env`.
 * @param {{ entrance: SecretEntrance, presets: SecretPreset[], onStored: (names: string[]) => void }} props
 */
export function SecretEntry({ entrance, presets, onStored }) {
  const [paste, setPaste] = useState(false);
  const Form = paste ? SecretPaste : SecretForm;
  return html`<div class="secret-entry">
    <div class="switch" role="group" aria-label="How to enter">
      <button type="button" class="small" aria-pressed=${!paste} onClick=${() => setPaste(false)}>One secret</button>
      <button type="button" class="small" aria-pressed=${paste} onClick=${() => setPaste(true)}>Paste a .env</button>
    </div>
    <${Form} entrance=${entrance} presets=${presets} onStored=${onStored} />
  </div>`;
}

/** What was stored, in words. @param {string[]} names */
export function storedWords(names) {
  return `Stored ${names.join(', ')}.`;
}
