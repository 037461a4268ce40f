import { useEffect, useState } from 'preact/hooks';
import { api } from './api.js';
import { html } from './html.js';
import { Badge, Time } from './page.js';

const lookEveryMs = 1_000;

/** Asks a worker to go through the session's log again, and shows what that came to. @param {{ id: string }} props */
export function Replay({ id }) {
  const at = `/v1/sessions/${id}/replay`;
  const [replay, setReplay] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState('');
  /** @param {Promise<any>} work */
  const show = (work) =>
    work.then(
      (found) => {
        setReplay(found.replay);
        setProblem('');
      },
      (fault) => setProblem(fault.message),
    );
  const open = replay !== null && replay.state !== 'settled';
  useEffect(() => void show(api.get(at)), [id]);
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(() => show(api.get(at)), lookEveryMs);
    return () => clearInterval(timer);
  }, [open, id]);
  return html`<section class="part"><h2>Replay</h2>
    <p class="quiet">The harness runs again over this log, with no model, network or sandbox. It must come to the same events: then nothing was added to the log, and nothing left out.</p>
    <p class="buttons"><button type="button" disabled=${open} onClick=${() => show(api.send('POST', at))}>${replay?.state === 'settled' ? 'Replay again' : 'Replay'}</button></p>
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    ${open && html`<p role="status" class="quiet">${replay.state === 'asked' ? 'Waits for a worker…' : 'A worker goes through it…'}</p>`}
    ${replay?.result && html`<${Result} result=${replay.result} /><p class="quiet"><bdi>${replay.askedBy.name}</bdi> asked, settled <${Time} at=${replay.settledAt} /></p>`}
  </section>`;
}

/** @param {{ result: any }} props */
function Result({ result: { verdict, identical, otherHarness, divergence, message } }) {
  const others =
    otherHarness > 0 ? ` ${turns(otherHarness)} of another version or setting not gone through.` : '';
  if (verdict === 'identical')
    return html`<p role="status"><${Badge} tone="good">identical<//> ${turns(identical)} came to the same.${others} ${message}</p>`;
  if (verdict === 'nothing')
    return html`<p role="status"><${Badge} tone="plain">nothing to compare<//> ${message ?? (others || 'No turn has begun yet.')}</p>`;
  if (verdict === 'failed')
    return html`<p role="alert" class="line line-alert">It could not be replayed. ${message}</p>`;
  return html`<div role="alert"><p><${Badge} tone="bad">diverges<//> in turn <code>${divergence.turnId}</code> at <code>${divergence.key}</code></p>
    <dl class="parts"><dt>recorded</dt><dd><pre tabindex="0">${divergence.recorded}</pre></dd><dt>found</dt><dd><pre tabindex="0">${divergence.found}</pre></dd></dl></div>`;
}

/** @param {number} count */
const turns = (count) => `${count} turn${count === 1 ? '' : 's'}`;
