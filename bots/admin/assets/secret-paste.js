import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';
import { newChoice, WhereFields, whereOf } from './secret-where.js';

/** @import { PastedName, SecretEntrance, SecretPreset, WhereChoice } from './types.ts' */

/** @typedef {PastedName & { chosen: boolean, choice: WhereChoice }} Row */

/**
 * A pasted `.env`: first its names are read and shown, then each gets its places, then the chosen ones are stored, all or
 * none. The text leaves the screen as soon as it is read.
 * @param {{ entrance: SecretEntrance, presets: SecretPreset[], onStored: (names: string[]) => void }} props
 */
export function SecretPaste({ entrance, presets, onStored }) {
  const [rows, setRows] = useState(/** @type {Row[] | null} */ (null));
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const text = useRef('');
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => heading.current?.focus(), [rows === null]);

  /** @param {() => Promise<void>} work */
  const doing = async (work) => {
    if (busy) return;
    setBusy(true);
    setProblem('');
    await work().catch((fault) => setProblem(fault.message));
    setBusy(false);
  };
  const read = () =>
    doing(async () => {
      const pasted = field.current?.value ?? '';
      const { names } = await entrance.preview(pasted);
      text.current = pasted;
      setRows(
        names.map((one) => ({
          ...one,
          chosen: one.fault === null && one.preset !== null,
          choice: newChoice(one.preset),
        })),
      );
    });
  const forget = () => {
    text.current = '';
    setRows(null);
    setProblem('');
  };
  const store = () =>
    doing(async () => {
      const chosen = (rows ?? []).filter((row) => row.chosen);
      const where = Object.fromEntries(chosen.map(({ name, choice }) => [name, whereOf(choice)]));
      const { stored } = await entrance.store({ paste: text.current, where });
      forget();
      onStored(stored);
    });

  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    (rows ? store : read)();
  };
  const count = rows?.filter((row) => row.chosen).length ?? 0;
  return html`<form class="secret-form" autocomplete="off" onSubmit=${submit}>
    ${
      rows === null
        ? html`<label class="labelled labelled-wide" for="secret-paste"><span>Lines of a .env file</span>
            <textarea id="secret-paste" ref=${field} class="mono" rows="6" required spellcheck=${false} autocapitalize="off" autocomplete="off" placeholder=${'GITHUB_TOKEN=…\nexport NPM_TOKEN="…"'}></textarea>
          </label>
          <p class="quiet where-says">The names are read first. Nothing is stored before you have seen them.</p>`
        : html`<h3 ref=${heading} tabindex="-1">${rows.length === 1 ? 'One name' : `${rows.length} names`} in it</h3>
          <ul class="pasted">${rows.map(
            (row, index) =>
              html`<${PastedRow} key=${row.name} row=${row} presets=${presets} onChange=${(/** @type {Row} */ next) => setRows(rows.with(index, next))} />`,
          )}</ul>`
    }
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    <p class="buttons">
      ${
        rows === null
          ? html`<button type="submit" class="primary" disabled=${busy}>${busy ? 'Reading…' : 'Read the names'}</button>`
          : html`<button type="submit" class="primary" disabled=${busy || count === 0}>${busy ? 'Storing…' : count === 1 ? 'Store 1 secret' : `Store ${count} secrets`}</button>
            <button type="button" onClick=${forget}>Forget this paste</button>`
      }
    </p>
  </form>`;
}

/** @param {{ row: Row, presets: SecretPreset[], onChange: (row: Row) => void }} props */
function PastedRow({ row, presets, onChange }) {
  const { name, line, fault, chosen, choice } = row;
  return html`<li>
    <label class="tick"><input type="checkbox" checked=${chosen} disabled=${fault !== null} onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => onChange({ ...row, chosen: event.currentTarget.checked })} />
      <code>${name}</code><span class="quiet">line ${line}</span></label>
    ${fault !== null && html`<p class="quiet where-says">Not a secret: its value ${fault}.</p>`}
    ${chosen && html`<${WhereFields} id=${`paste-${name}`} choice=${choice} presets=${presets} onChange=${(/** @type {WhereChoice} */ next) => onChange({ ...row, choice: next })} />`}
  </li>`;
}
