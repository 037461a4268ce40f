import { useEffect, useState } from 'preact/hooks';
import { api } from './api.js';
import { ApprovalList } from './approval-list.js';
import { EgressTable } from './egress-table.js';
import { Flag } from './flag.js';
import { html } from './html.js';
import { Markdown } from './markdown.js';
import { Badge, Empty, into, Link, PageFrame, Tabs, Time, useRead } from './page.js';
import { Replay } from './replay.js';
import { Steps } from './steps.js';

/** @import { PageProps } from './types.ts' */

/** One session: what it shows, what is in its log, what left it, and whether the log is whole. @param {PageProps & { id: string }} props */
export function SessionPage({ me, id, back, go }) {
  const [tab, setTab] = useState(
    /** @type {'turns' | 'events' | 'egress' | 'approvals' | 'journal'} */ ('turns'),
  );
  const [version, setVersion] = useState(0);
  const { found: session, problem, refresh } = useRead(() => api.get(`/v1/sessions/${id}`), [id, version]);
  const since = session?.headSeq;
  useEffect(() => {
    if (since === undefined) return;
    const source = new EventSource(`/v1/sessions/${id}/stream?after=${since}`);
    let pending = 0;
    source.addEventListener('event', () => {
      window.clearTimeout(pending);
      pending = window.setTimeout(() => setVersion((now) => now + 1), 250);
    });
    return () => {
      window.clearTimeout(pending);
      source.close();
    };
  }, [id, since]);
  return html`<${PageFrame} title=${session?.title || 'Session'} back=${back} problem=${problem} wide>
    ${
      session &&
      html`
      <p class="facts"><${Flag} state=${session.state} /> ${session.state} · ${session.platform} · template <code>${session.template}</code> · begun <${Time} at=${session.createdAt} />
        ${session.platform === 'console' && html` · <${Link} to=${`/t/${session.thread}`} go=${go}>open the thread<//>`}</p>
      ${me.may.includes('ask') && html`<${Naming} session=${session} onChange=${refresh} />`}
      <${Tabs} label="View" options=${[
        ['turns', 'Turns'],
        ['events', 'Events'],
        ['egress', 'Egress'],
        ['approvals', 'Approvals'],
        ['journal', 'Journal check'],
      ]} value=${tab} choose=${setTab} />
      ${tab === 'turns' && html`<${Turns} id=${id} version=${session.headSeq} />`}
      ${tab === 'events' && html`<${Events} id=${id} version=${session.headSeq} />`}
      ${tab === 'egress' && html`<${Egress} id=${id} version=${session.headSeq} go=${go} />`}
      ${tab === 'approvals' && html`<${Approvals} id=${id} version=${session.headSeq} me=${me} go=${go} />`}
      ${tab === 'journal' && html`<${Journal} id=${id} may=${me.may} />`}`
    }
  <//>`;
}

/** @param {{ session: any, onChange: () => void }} props */
function Naming({ session, onChange }) {
  const [title, setTitle] = useState(session.title);
  /** @param {object} changes */
  const save = (changes) => api.send('PATCH', `/v1/sessions/${session.id}`, changes).then(onChange, () => {});
  return html`<form class="inline-form" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    save({ title });
  }}>
    <label>Title <input value=${title} maxlength="200" onInput=${into(setTitle)} /></label>
    <button type="submit" class="small" disabled=${title.trim() === '' || title === session.title}>Rename</button>
    <button type="button" class="small" onClick=${() => save({ archived: !session.archivedAt })}>${session.archivedAt ? 'Take out again' : 'Put away'}</button>
  </form>`;
}

/** @type {Record<string, 'good' | 'wait' | 'bad' | 'plain'>} */
const tones = {
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'plain',
  running: 'wait',
  waiting: 'wait',
  queued: 'plain',
};

/** @param {{ id: string, version: number }} props */
function Turns({ id, version }) {
  const { found, problem } = useRead(() => api.get(`/v1/sessions/${id}/documents`), [id, version]);
  if (problem) return html`<p role="alert" class="line line-alert">${problem}</p>`;
  if (found?.documents.length === 0)
    return html`<${Empty} title="No turn yet">Its first request makes one.<//>`;
  return html`<ol class="turns">${found?.documents.toReversed().map(
    (/** @type {any} */ turn) => html`<li key=${turn.turnId} class="turn">
      <p class="turn-head"><${Badge} tone=${tones[turn.state] ?? 'plain'}>${turn.state}<//> <strong><bdi>${turn.author.name}</bdi></strong> <${Time} at=${turn.startedAt} none="not begun" /></p>
      <p class="said">${turn.text}</p>
      ${turn.steps.length > 0 && html`<${Steps} steps=${turn.steps} />`}
      ${turn.error && html`<p class="line line-alert">${turn.error.message}</p>`}
      ${turn.answer && html`<${Markdown} text=${turn.answer} />`}
      ${turn.state === 'succeeded' && html`<p class="quiet">${turn.receiptLine}</p>`}
    </li>`,
  )}</ol>`;
}

/** @param {{ id: string, version: number }} props */
function Events({ id, version }) {
  const from = Math.max(0, version - 200);
  const { found, problem } = useRead(
    () => api.get(`/v1/sessions/${id}/events?after=${from}&limit=200`),
    [id, version],
  );
  return html`${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    ${from > 0 && html`<p class="quiet">The last 200 of ${version}.</p>`}
    <ol class="events">${found?.events.map(
      (
        /** @type {any} */ event,
      ) => html`<li key=${event.seq}><details><summary><span class="num quiet">${event.seq}</span> <code>${event.type}</code> <span class="quiet">${event.key ?? ''}</span> <${Time} at=${event.at} /></summary>
        <pre tabindex="0">${JSON.stringify(event.body, null, 2)}</pre></details></li>`,
    )}</ol>`;
}

/** @param {{ id: string, version: number, go: (path: string) => void }} props */
function Egress({ id, version, go }) {
  const { found, problem } = useRead(() => api.get(`/v1/egress?session=${id}`), [id, version], 5_000);
  return html`${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    ${found && (found.entries.length === 0 ? html`<${Empty} title="Nothing left this sandbox">Every request that comes to its door is written here, passed or refused.<//>` : html`<${EgressTable} entries=${found.entries} go=${go} />`)}`;
}

/** @param {{ id: string, version: number, me: PageProps['me'], go: (path: string) => void }} props */
function Approvals({ id, version, me, go }) {
  const { found, refresh } = useRead(async () => {
    const read = (/** @type {string} */ state) => api.get(`/v1/approvals?session=${id}&state=${state}`);
    const [open, settled] = await Promise.all([read('open'), read('settled')]);
    return [...open.approvals, ...settled.approvals];
  }, [id, version]);
  if (found?.length === 0) return html`<${Empty} title="Nothing was asked">No step of it needed a yes.<//>`;
  return (
    found &&
    html`<h2 class="hidden">What was asked</h2><${ApprovalList} approvals=${found} me=${me} go=${go} onChange=${refresh} />`
  );
}

/** @param {{ id: string, may: string[] }} props */
function Journal({ id, may }) {
  const [verdict, setVerdict] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState('');
  const check = () => {
    setVerdict(null);
    setProblem('');
    api.get(`/v1/sessions/${id}/verification`).then(setVerdict, (fault) => setProblem(fault.message));
  };
  useEffect(check, [id]);
  return html`<div class="journal">
    ${problem && html`<p role="alert" class="line line-alert">${problem}</p>`}
    ${!verdict && !problem && html`<p class="quiet" role="status">Checking chain, signatures, effects and egress…</p>`}
    ${verdict?.ok && html`<p role="status"><${Badge} tone="good">whole<//> ${verdict.events} events, each signed and chained to the one before.${verdict.erased > 0 && ` ${verdict.erased} of them lost their words on request, as signed events say.`} Head <code>${verdict.head.slice(0, 16)}…</code></p>`}
    ${verdict?.fault && html`<p role="alert" class="line line-alert">Broken at event ${verdict.fault.seq}: ${verdict.fault.message}</p>`}
    <p class="buttons"><button type="button" onClick=${check}>Check again</button>
      ${may.includes('administer') && html`<a class="button" href=${`/v1/sessions/${id}/export`} download=${`${id}.jsonl`}>Take the log away</a>`}</p>
    ${may.includes('administer') && html`<${Replay} id=${id} />`}
  </div>`;
}
