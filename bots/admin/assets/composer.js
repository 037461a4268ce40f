import { useEffect, useRef, useState } from 'preact/hooks';
import { api, newKey } from './api.js';
import { html } from './html.js';
import { Sign } from './marks.js';
import { fileSize } from './time.js';

/** @import { Me, Posted, ShownFile } from './types.ts' */

/**
 * Where one writes. What could not be sent stays in it, under the same key, so that sending again is safe.
 * @param {{ threadId: string | null, me: Me, connected: boolean, onPosted: (posted: Posted) => void, fill?: { text: string } }} props
 */
export function Composer({ threadId, me, connected, onPosted, fill }) {
  const { text, setText, forget } = useDraft(threadId);
  const { files, setFiles, uploading, attach, problem, setProblem } = useUploads(me);
  const [sending, setSending] = useState(false);
  const key = useRef(newKey());
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));

  useEffect(() => {
    if (fill === undefined) return;
    setText(fill.text);
    field.current?.focus();
  }, [fill]);
  useEffect(() => grow(field.current), [text]);

  const reason = whyNot(me, {
    connected,
    uploading,
    sending,
    empty: text.trim() === '' && files.length === 0,
  });
  const send = async () => {
    if (reason !== null || sending) return;
    setSending(true);
    setProblem('');
    try {
      const posted = await api.post(threadId, { text, files: files.map(({ id }) => id) }, key.current);
      key.current = newKey();
      forget();
      setFiles([]);
      onPosted(posted);
    } catch (fault) {
      setProblem(/** @type {Error} */ (fault).message);
    } finally {
      setSending(false);
      field.current?.focus();
    }
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };

  return html`<form class="composer" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    send();
  }} onDrop=${(/** @type {DragEvent} */ event) => {
    event.preventDefault();
    attach(event.dataTransfer?.files);
  }} onDragOver=${(/** @type {Event} */ event) => event.preventDefault()}>
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    ${files.length > 0 && html`<${Attached} files=${files} remove=${(/** @type {string} */ id) => setFiles(files.filter((file) => file.id !== id))} />`}
    <div class="field">
      <textarea id="composer" ref=${field} rows="1" value=${text} aria-label="Message to Deckhand" aria-describedby="composer-hint"
        placeholder=${threadId ? 'Reply…' : 'What needs doing?'} disabled=${!me.may.includes('ask')}
        onInput=${(/** @type {{ currentTarget: HTMLTextAreaElement }} */ event) => {
          setText(event.currentTarget.value);
          setProblem('');
        }} onKeyDown=${onKey}></textarea>
      <label class="attach" title="Attach files"><${Sign} sign="📎" /><span class="hidden">Attach files</span>
        <input type="file" multiple disabled=${!me.may.includes('ask')} onChange=${(
          /** @type {{ currentTarget: HTMLInputElement }} */ event,
        ) => {
          attach(event.currentTarget.files);
          event.currentTarget.value = '';
        }} />
      </label>
      <button type="submit" class="primary send" disabled=${reason !== null}>Send</button>
    </div>
    <p id="composer-hint" class="hint quiet">${reason || 'Enter sends · Shift+Enter starts a new line'}</p>
  </form>`;
}

/** Why sending is off just now; empty words where it needs none. */
function whyNot(
  /** @type {Me} */ me,
  /** @type {{ connected: boolean, uploading: boolean, sending: boolean, empty: boolean }} */ now,
) {
  if (!me.may.includes('ask')) return `Your role (${me.role}) may read here, but not ask.`;
  if (!now.connected) return 'Not connected. Your text is kept; it can be sent when the connection is back.';
  if (now.uploading) return 'A file is still on its way.';
  if (now.sending) return 'Sending…';
  return now.empty ? '' : null;
}

/** @param {{ files: ShownFile[], remove: (id: string) => void }} props */
function Attached({ files, remove }) {
  return html`<ul class="chips">
    ${files.map(
      (file) => html`<li key=${file.id} class="chip">
        <${Sign} sign="📎" /><bdi class="chip-name">${file.name}</bdi><span class="quiet num">${fileSize(file.size)}</span>
        <button type="button" class="bare" aria-label=${`Remove ${file.name}`} onClick=${() => remove(file.id)}>✕</button>
      </li>`,
    )}
  </ul>`;
}

/** What was written and not sent outlives a reload. @param {string | null} threadId */
function useDraft(threadId) {
  const place = `draft:${threadId ?? 'new'}`;
  const [text, set] = useState(sessionStorage.getItem(place) ?? '');
  /** @param {string} next */
  const setText = (next) => {
    set(next);
    sessionStorage.setItem(place, next);
  };
  const forget = () => {
    set('');
    sessionStorage.removeItem(place);
  };
  return { text, setText, forget };
}

/** @param {Me} me */
function useUploads(me) {
  const [files, setFiles] = useState(/** @type {ShownFile[]} */ ([]));
  const [uploading, setUploading] = useState(false);
  const [problem, setProblem] = useState('');
  const max = me.instance.maxFileBytes;
  /** @param {FileList | null | undefined} chosen */
  const attach = async (chosen) => {
    setUploading(true);
    setProblem('');
    for (const file of [...(chosen ?? [])]) {
      try {
        if (file.size > max)
          throw new Error(`${file.name} is larger than ${fileSize(max)}, the most taken here.`);
        const sent = await api.upload(file);
        setFiles((now) => [...now, sent]);
      } catch (fault) {
        setProblem(/** @type {Error} */ (fault).message);
      }
    }
    setUploading(false);
  };
  return { files, setFiles, uploading, attach, problem, setProblem };
}

/** As tall as its text, up to ten lines or so. @param {HTMLTextAreaElement | null} field */
function grow(field) {
  if (!field) return;
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, 240)}px`;
}
