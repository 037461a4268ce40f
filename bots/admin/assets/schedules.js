import { useCallback, useEffect, useState } from 'preact/hooks';
import { api, newKey } from './api.js';
import { html } from './html.js';
import { Empty } from './page.js';
import { ScheduleCard } from './schedule-card.js';

/** @import { Me, Schedule } from './types.ts' */

const listEveryMs = 15_000;
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** What is done by the clock: a form in plain words, and the list. @param {{ me: Me, back: () => void }} props */
export function Schedules({ me, back }) {
  const [schedules, setSchedules] = useState(/** @type {Schedule[] | null} */ (null));
  const [problem, setProblem] = useState('');
  const [edited, setEdited] = useState(/** @type {Schedule | null} */ (null));
  const read = useCallback(() => {
    api.schedules().then(
      (answer) => {
        setSchedules(answer.schedules);
        setProblem('');
      },
      (fault) => setProblem(fault.message),
    );
  }, []);
  useEffect(() => {
    read();
    const timer = setInterval(read, listEveryMs);
    return () => clearInterval(timer);
  }, []);
  return html`<main class="main" id="main">
    <header class="bar">
      <button type="button" class="bare back" aria-label="All threads" onClick=${back}>←</button>
      <h1>Schedules</h1>
    </header>
    <section class="log" aria-label="Schedules">
      <div class="log-inner schedules">
        ${
          me.may.includes('ask') &&
          html`<${ScheduleForm} key=${edited?.id ?? 'new'} edited=${edited} may=${me.may} onSaved=${() => {
            setEdited(null);
            read();
          }} />`
        }
        ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
        ${schedules?.length === 0 && html`<${Empty} title="Nothing is scheduled yet">Write when and what, as you would say it: “every weekday at 9:00 check the backups”, “in 2 hours …”, “at friday 16:00 …”. Each firing is a request of yours in a thread of its own.<//>`}
        ${schedules && schedules.length > 0 && html`<h2 class="hidden">All schedules</h2>`}
        ${schedules?.map((schedule) => html`<${ScheduleCard} key=${schedule.id} schedule=${schedule} may=${me.may} onChange=${read} onEdit=${setEdited} />`)}
      </div>
    </section>
  </main>`;
}

/**
 * Words in, what was understood out, saved after a yes.
 * @param {{ edited: Schedule | null, may: string[], onSaved: () => void }} props
 */
function ScheduleForm({ edited, may, onSaved }) {
  const [words, setWords] = useState(edited ? `${wordsOf(edited)} ${edited.text}` : '');
  const [zone, setZone] = useState(edited?.zone ?? ownZone);
  const [overlap, setOverlap] = useState(/** @type {string} */ (edited?.overlap ?? 'skip'));
  const [missed, setMissed] = useState(/** @type {string} */ (edited?.missed ?? ''));
  const [draft, setDraft] = useState(/** @type {Schedule | null} */ (null));
  const [problem, setProblem] = useState('');

  /** @param {SubmitEvent} event */
  const look = async (event) => {
    event.preventDefault();
    setProblem('');
    try {
      const asked = { words, zone, overlap, ...(missed ? { missed } : {}) };
      setDraft(await api.proposeSchedule(edited?.id ?? null, asked, newKey()));
    } catch (fault) {
      setDraft(null);
      setProblem(/** @type {Error} */ (fault).message);
    }
  };
  /** @param {Schedule | null} now */
  const answered = (now) => {
    setDraft(null);
    if (!now) return;
    setWords('');
    onSaved();
  };
  /** @param {(value: string) => void} set */
  const into = (set) => (/** @type {{ currentTarget: HTMLInputElement | HTMLSelectElement }} */ event) =>
    set(event.currentTarget.value);

  return html`<form class="schedule-form" aria-label=${edited ? 'Change a schedule' : 'New schedule'} onSubmit=${look}>
    <label for="schedule-words">${edited ? 'When and what, from now on' : 'When, and what shall be done?'}</label>
    <input id="schedule-words" name="words" required autocomplete="off" value=${words} onInput=${into(
      (value) => {
        setWords(value);
        setDraft(null);
      },
    )} placeholder="every weekday at 9:00 check the backups" />
    <div class="schedule-options">
      <label>Times in <input name="zone" required autocomplete="off" value=${zone} onInput=${into(setZone)} /></label>
      <label>While an earlier one runs
        <select name="overlap" value=${overlap} onChange=${into(setOverlap)}>
          <option value="skip">leave it out</option><option value="buffer_one">let one wait</option><option value="allow">start it too</option>
        </select>
      </label>
      <label>When Deckhand was off
        <select name="missed" value=${missed} onChange=${into(setMissed)}>
          <option value="">as usual</option><option value="skip">leave it out</option><option value="run_once">make up for it once</option>
        </select>
      </label>
    </div>
    ${!draft && html`<button type="submit" class="primary">${edited ? 'Look at the change' : 'Look at it'}</button>`}
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    ${draft && html`<p>I understood this. Shall I save it?</p><${ScheduleCard} schedule=${draft} may=${may} onChange=${answered} />`}
  </form>`;
}

/** The words that a schedule was made with; one that comes once needs a new time. @param {Schedule} schedule */
function wordsOf({ words }) {
  return words === 'once' ? 'in 2 hours' : words;
}
