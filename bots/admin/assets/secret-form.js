import { useRef, useState } from 'preact/hooks';
import { html } from './html.js';
import { newChoice, WhereFields, whereOf } from './secret-where.js';

/** @import { Secret, SecretEntrance, SecretPreset } from './types.ts' */

/**
 * One secret: its name, its value, where it may go. With `replaced` its name stands, and its places may stay. The value is
 * held by the field alone and gone from it as soon as it is sent.
 * @param {{ entrance: SecretEntrance, presets: SecretPreset[], replaced?: Secret, onStored: (names: string[]) => void }} props
 */
export function SecretForm({ entrance, presets, replaced, onStored }) {
  const [name, setName] = useState(replaced?.name ?? '');
  const [choice, setChoice] = useState({
    ...newChoice(replaced ? 'same' : 'github'),
    ...(replaced ? { same: replaced.bindings } : {}),
  });
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  // Several forms may be on one page.
  const id = replaced ? `replace-${replaced.id}` : 'secret';
  const value = useRef(/** @type {HTMLInputElement | null} */ (null));
  const store = async () => {
    if (!value.current || busy) return;
    setBusy(true);
    setProblem('');
    try {
      const given = { name: name.trim(), value: value.current.value, where: whereOf(choice) };
      const { stored } = await entrance.store({ secrets: [given] });
      value.current.value = '';
      setName('');
      onStored(stored);
    } catch (fault) {
      setProblem(/** @type {Error} */ (fault).message);
      value.current.focus();
    } finally {
      setBusy(false);
    }
  };
  return html`<form class="secret-form" autocomplete="off" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    store();
  }}>
    <label class="labelled" for=${`${id}-label`}><span>Name</span>
      <input id=${`${id}-label`} class="mono" value=${name} placeholder="GITHUB_TOKEN" required readOnly=${replaced !== undefined} spellcheck=${false}
        autocapitalize="characters" autocomplete="off" pattern="[A-Za-z_][A-Za-z0-9_]{0,127}" title="Letters, digits and _, as in GITHUB_TOKEN"
        onInput=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => setName(event.currentTarget.value)} />
    </label>
    <label class="labelled" for=${`${id}-value`}><span>Value</span>
      <input id=${`${id}-value`} ref=${value} class="mono" type="password" required minlength="12" autocomplete="new-password" spellcheck=${false} aria-describedby=${`${id}-hint`} />
    </label>
    <p id=${`${id}-hint`} class="quiet where-says">At least 12 characters. It is encrypted at once and can be replaced or removed, never read back.</p>
    <${WhereFields} id=${id} choice=${choice} presets=${presets} onChange=${setChoice} />
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    <p><button type="submit" class="primary" disabled=${busy}>${busy ? 'Storing…' : replaced ? 'Replace' : 'Store'}</button></p>
  </form>`;
}
