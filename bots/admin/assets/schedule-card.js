import { useEffect, useState } from 'preact/hooks';
import { api, newKey } from './api.js';
import { html } from './html.js';
import { dayTime, fullTime } from './time.js';

/** @import { Firing, Schedule } from './types.ts' */

/** @typedef {(schedule: Schedule | null) => void} OnChange Told what stands after a press; null: it is gone. */

const said = {
  draft: 'Not saved yet',
  active: 'Active',
  paused: 'Paused',
  ended: 'Over',
};

/** What a firing's state is called, and where its turn is to be seen. */
const results = { due: 'about to start', submitted: 'running', buffered: 'waiting' };

/** A schedule in a post of a thread: shown as it stands now. @param {{ scheduleId: string, may: string[] }} props */
export function ScheduleBlock({ scheduleId, may }) {
  const [schedule, setSchedule] = useState(/** @type {Schedule | null | undefined} */ (undefined));
  useEffect(() => {
    api.schedule(scheduleId).then(setSchedule, () => setSchedule(null));
  }, [scheduleId]);
  if (schedule === undefined) return null;
  if (schedule === null)
    return html`<p class="line line-quiet">This schedule is gone: deleted, or a draft that was not kept.</p>`;
  return html`<${ScheduleCard} schedule=${schedule} may=${may} onChange=${setSchedule} />`;
}

/**
 * One schedule with what can be done to it.
 * @param {{ schedule: Schedule, may: string[], onChange: OnChange, onEdit?: (schedule: Schedule) => void }} props
 */
export function ScheduleCard({ schedule, may, onChange, onEdit }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const [sure, setSure] = useState(false);
  const { id, state, words, zone, text, next, last } = schedule;
  const allowed = may.includes('ask');

  /** @param {() => Promise<Schedule | null>} work */
  const press = async (work) => {
    setBusy(true);
    setProblem('');
    try {
      onChange(await work());
    } catch (fault) {
      setProblem(/** @type {Error} */ (fault).message);
    }
    setSure(false);
    setBusy(false);
  };
  /** @param {'save' | 'pause' | 'resume' | 'run'} what */
  const act = (what) => press(() => api.actOnSchedule(id, what, newKey()));
  const remove = () => press(() => api.deleteSchedule(id).then(() => null));
  /** @param {string} label @param {() => unknown} onClick @param {string} [look] */
  const button = (label, onClick, look = 'small') =>
    html`<button type="button" class=${look} disabled=${busy} onClick=${onClick}>${label}</button>`;

  return html`<section class="card schedule ${state === 'draft' ? 'card-open' : 'card-settled'}" aria-label=${`Schedule: ${words}`}>
    <h3>${words} <span class="quiet">${zone}</span></h3>
    <p class="schedule-text"><bdi>${text}</bdi></p>
    <p class="quiet">${said[state]}${schedule.pausedBecause ? `: ${schedule.pausedBecause}` : ''}${next.length > 0 ? ` · next ${next.join(' · ')}` : ''}</p>
    ${last.length > 0 && html`<p class="quiet">Last: ${last.map((firing) => resultOf(firing)).join(', ')}</p>`}
    ${
      allowed &&
      html`<div class="buttons">
      ${state === 'draft' && button('Save', () => act('save'), 'primary')}
      ${state === 'draft' && button('Cancel', remove, '')}
      ${state === 'active' && button('Pause', () => act('pause'))}
      ${state === 'paused' && button('Resume', () => act('resume'))}
      ${state !== 'draft' && button('Run now', () => act('run'))}
      ${state !== 'draft' && onEdit && button('Edit', () => onEdit(schedule))}
      ${state !== 'draft' && !sure && button('Delete', () => setSure(true))}
      ${state !== 'draft' && sure && button('Delete it and its history', remove, 'small danger')}
    </div>`
    }
    ${state !== 'draft' && html`<${History} id=${id} />`}
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
  </section>`;
}

/** @param {{ id: string }} props */
function History({ id }) {
  const [firings, setFirings] = useState(/** @type {Firing[] | null} */ (null));
  const [problem, setProblem] = useState('');
  /** @param {boolean} open */
  const look = (open) => {
    if (open)
      api.scheduleHistory(id).then(
        (answer) => setFirings(answer.firings),
        (fault) => setProblem(fault.message),
      );
  };
  return html`<details onToggle=${(/** @type {{ currentTarget: HTMLDetailsElement }} */ event) => look(event.currentTarget.open)}>
    <summary>History</summary>
    ${problem && html`<p class="line line-alert">${problem}</p>`}
    ${firings?.length === 0 && html`<p class="quiet">It has not run yet.</p>`}
    ${
      firings &&
      html`<ul class="firings">
      ${firings.map(
        (firing) => html`<li key=${firing.dueAt}>
          <time class="num" dateTime=${firing.dueAt} title=${fullTime(firing.dueAt)}>${dayTime(firing.dueAt)}</time>
          <span>${resultOf(firing)}${firing.cause === 'run_now' ? ' (run now)' : ''}${firing.note ? `: ${firing.note}` : ''}</span>
        </li>`,
      )}
    </ul>`
    }
  </details>`;
}

/** @param {Firing} firing */
function resultOf({ state }) {
  return results[/** @type {keyof typeof results} */ (state)] ?? state;
}
