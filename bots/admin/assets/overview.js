import { api } from './api.js';
import { ApprovalList } from './approval-list.js';
import { Bars } from './bars.js';
import { html } from './html.js';
import { Badge, Empty, Link, PageFrame, Table, Time, useRead } from './page.js';

/** @import { PageProps } from './types.ts' */

const everyMs = 5_000;
const dayMs = 24 * 3600_000;

/** What needs somebody, what is going on, and what it costs. @param {PageProps} props */
export function Overview({ me, back, go }) {
  const { found, problem, refresh } = useRead(readAll, [], everyMs);
  return html`<${PageFrame} title="Overview" back=${back} problem=${problem} wide>
    ${
      found &&
      html`
      <section class="part"><h2>Needs you</h2><${Needs} found=${found} me=${me} go=${go} refresh=${refresh} /></section>
      <section class="part"><h2>Now</h2><${Tiles} now=${found.load.now} workers=${found.workers} /></section>
      <section class="part two">
        <div><h2>Turns, last 24 hours</h2><${Bars} label="Turns in each of the last 24 hours" values=${found.load.hours.map((/** @type {any} */ it) => ({ name: hourOf(it.hour), value: it.turns, bad: it.failed }))} /></div>
        <div><h2>Tokens, last 14 days</h2><${Bars} label="Tokens on each of the last 14 days" values=${daysOf(found.usage)} /></div>
      </section>
      <section class="part"><h2>Workers</h2><${Workers} workers=${found.workers} /></section>`
    }
  <//>`;
}

async function readAll() {
  const to = new Date();
  const query = new URLSearchParams({
    by: 'day',
    from: new Date(to.getTime() - 14 * dayMs).toISOString(),
    to: new Date(to.getTime() + dayMs).toISOString(),
  });
  const [load, { workers }, { approvals }, { failures }, policies, templates, { usage }] = await Promise.all([
    api.get('/v1/load'),
    api.get('/v1/workers'),
    api.get('/v1/approvals'),
    api.get('/v1/failures'),
    api.get('/v1/policy-proposals'),
    api.get('/v1/template-proposals'),
    api.get(`/v1/usage?${query}`),
  ]);
  const proposals = [
    ...policies.proposals.map((/** @type {any} */ one) => ({
      ...one,
      to: '/policies',
      what: `${one.layer} policy`,
    })),
    ...templates.proposals.map((/** @type {any} */ one) => ({
      ...one,
      to: '/templates',
      what: `template ${one.name}`,
    })),
  ].filter(({ mayDecide }) => mayDecide);
  return { load, workers, approvals, failures, proposals, usage };
}

/** @param {{ found: Awaited<ReturnType<typeof readAll>>, me: PageProps['me'], go: (path: string) => void, refresh: () => void }} props */
function Needs({ found, me, go, refresh }) {
  const { approvals, failures, proposals } = found;
  if (approvals.length + failures.length + proposals.length === 0) {
    return html`<${Empty} title="All quiet">Questions of agents, proposals and failed turns come here. <${Link} to="/" go=${go}>Ask for something</${Link}> to see one.<//>`;
  }
  return html`
    ${approvals.length > 0 && html`<${ApprovalList} approvals=${approvals} me=${me} go=${go} onChange=${refresh} />`}
    ${
      proposals.length > 0 &&
      html`<ul class="rows-list">${proposals.map((one) => html`<li key=${one.id}><${Badge} tone="wait">proposal<//> <${Link} to=${one.to} go=${go}>${one.what}<//> <span class="quiet">${one.proposedBy.name}: ${one.why}</span></li>`)}</ul>`
    }
    ${
      failures.length > 0 &&
      html`<ul class="rows-list">${failures.map((/** @type {any} */ one) => html`<li key=${one.turnId}><${Badge} tone="bad">failed<//> <${Link} to=${`/sessions/${one.sessionId}`} go=${go}><bdi>${one.title || 'Untitled'}</bdi><//> <span class="quiet">${one.code ?? ''} · <${Time} at=${one.finishedAt} /></span></li>`)}</ul>`
    }`;
}

/** @param {{ now: Record<string, number>, workers: any[] }} props */
function Tiles({ now, workers }) {
  const alive = workers.filter((worker) => worker.alive);
  const slots = alive.reduce((sum, worker) => sum + worker.slots, 0);
  /** @type {[string, string | number, string][]} */
  const tiles = [
    ['Running', now.running ?? 0, `of ${slots} slots`],
    ['Queued', now.queued ?? 0, 'wait for a slot'],
    ['Waiting', now.waiting ?? 0, 'for an answer of people'],
    ['Done', now.succeeded ?? 0, `this hour, ${now.failed} failed`],
    [
      'At the door',
      (now.passed ?? 0) + (now.refused ?? 0) + (now.broken ?? 0),
      `this hour, ${now.refused} refused`,
    ],
  ];
  return html`<dl class="tiles">${tiles.map(([name, value, more]) => html`<div key=${name}><dt>${name}</dt><dd><strong class="figure">${value}</strong><span class="quiet">${more}</span></dd></div>`)}</dl>`;
}

/** @param {{ workers: any[] }} props */
function Workers({ workers }) {
  if (workers.length === 0)
    return html`<${Empty} title="No worker runs">Nothing is answered until one does: <code>npm start -- --role worker</code><//>`;
  return html`<${Table} label="Workers" heads=${['Host', 'State', 'Busy', 'Since', 'Last heard of']}>
    ${workers.map(
      (one) => html`<tr key=${one.id}>
      <td><bdi>${one.host}</bdi></td><td><${Badge} tone=${one.alive ? 'good' : 'bad'}>${one.alive ? 'alive' : 'silent'}<//></td>
      <td class="num">${one.running} of ${one.slots}</td><td><${Time} at=${one.startedAt} /></td><td><${Time} at=${one.seenAt} /></td>
    </tr>`,
    )}
  <//>`;
}

/** @param {string} iso */
const hourOf = (iso) => `${new Date(iso).getHours()}:00`;

/** The last 14 days, also those on which nothing was used. @param {any[]} usage */
function daysOf(usage) {
  const of = new Map(usage.map((day) => [day.of, day]));
  return Array.from({ length: 14 }, (_, index) => {
    const name = new Date(Date.now() - (13 - index) * dayMs).toISOString().slice(0, 10);
    const day = of.get(name);
    return { name: name.slice(5), value: day ? day.inputTokens + day.outputTokens : 0, bad: 0 };
  });
}
