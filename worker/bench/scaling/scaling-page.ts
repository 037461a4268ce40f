import { rounded } from '../metric.ts';
import { table } from '../page/table.ts';
import type { Kept } from '../page/taken.ts';
import { type Costs, costsOf } from './costs.ts';
import { assumed, type Larger, larger, type Part, parts } from './larger.ts';
import { reproduce } from './two-cores.ts';

const sizes = [10_000, 100_000, 1_000_000];
const coresOfOnePostgres = 32;

/** `docs/scaling.md` from what the benches measured: no figure in it is typed. Pure: the simulation is seeded. */
export function scalingPage(kept: ReadonlyMap<string, Kept>): string {
  const costs = costsOf(kept);
  return `${[
    '# Scaling',
    '',
    'Made by `npm run bench -- --write` or `--page` from the measured costs of a turn ([performance](performance.md)) by a simulation',
    'of queues (`worker/bench/scaling/`). Do not edit it here.',
    '',
    ...(costs ? withCosts(costs) : ['The benches `turns` and `egress` have not been measured yet.', '']),
    ...howItGrows,
  ].join('\n')}\n`;
}

function withCosts(costs: Costs): string[] {
  const all = sizes.map((size) => larger(costs, size));
  return [
    '## Does the simulation tell the truth?',
    '',
    'First it must say what was measured: the bench `turns`, with one process of ours, Postgres and this machine’s cores, from nothing',
    'but the processor time of each turn and the number of its statements. What it leaves out (memory, caches, the kernel’s own work,',
    'whatever else the machine did) is the difference.',
    '',
    ...table(
      ['figure', 'measured', 'simulated', 'simulated / measured'],
      reproduce(costs).map(({ figure, unit, measured, simulated }) => [
        figure,
        `${rounded(measured)} ${unit}`,
        `${rounded(simulated)} ${unit}`,
        `${rounded(simulated / measured)} ×`,
      ]),
    ),
    '',
    '## Larger installations',
    '',
    `Taken to be so, since no bench can know it: a session has ${assumed.turnsASession} turns; a turn calls the model ${assumed.modelCalls} times (${assumed.modelMs / 1000} s each), runs`,
    `${assumed.commands} commands (${assumed.commandMs / 1000} s each) and makes ${assumed.requests} requests through the door; the busiest hour has ${assumed.peak} times the day's mean; a sandbox takes`,
    `${assumed.busySandboxMiB} MiB while it works and ${assumed.idleSandboxMiB} MiB while it waits, for ${assumed.sandboxIdleS / 60} minutes. From the benches: ${rounded(costs.working.ours)} ms of a worker's process and`,
    `${rounded(costs.working.postgres)} ms of Postgres for such a turn, ${rounded(costs.request)} ms of egress for a request.`,
    '',
    'How many of each part the busiest hour keeps busy, and (in brackets) how many to set up so that none is busier than',
    `${100 * assumed.share} %:`,
    '',
    ...table(
      ['', ...all.map(({ sessionsADay }) => `${sessionsADay.toLocaleString('en')} sessions a day`)],
      [
        ['turns a second', ...all.map(({ turnsASecond }) => `${rounded(turnsASecond)}`)],
        ...(Object.keys(parts) as Part[]).map((part) => [
          parts[part],
          ...all.map(({ needed, planned }) => `${rounded(needed[part])} (${planned[part]})`),
        ]),
        ['added to a turn, simulated, p50', ...all.map(({ addedMs }) => `${rounded(addedMs.p50)} ms`)],
        ['added to a turn, simulated, p99', ...all.map(({ addedMs }) => `${rounded(addedMs.p99)} ms`)],
      ],
    ),
    '',
    ...all.map(
      (size) => `- **${size.sessionsADay.toLocaleString('en')} sessions a day:** ${firstOf(size, costs)}`,
    ),
    '',
    ...ends(costs, all.at(-1)),
  ];
}

/** What is full first when one machine with these cores has one of everything. */
function firstOf({ needed }: Larger, { cores }: Costs): string {
  const processor = (needed.bots + needed.worker + needed.postgres + needed.egress) / cores;
  const shares: [string, number][] = [
    ['its slots (`DECKHAND_WORKER_SLOTS`, 8 as it comes)', needed.slots / 8],
    [`its ${cores} cores`, processor],
    ['its memory, by the sandboxes, were it a host of 64 GiB', needed.hosts],
  ];
  const words = shares
    .sort(([, one], [, other]) => other - one)
    .map(([what, share]) => `${what} ${rounded(100 * share)} %`);
  return `of one machine with everything on it the busiest hour takes ${words.join(', ')}.`;
}

function ends({ working }: Costs, largest: Larger | undefined): string[] {
  if (!largest) return [];
  const perCore = (1000 * assumed.share) / working.postgres;
  const aDay = (perSecond: number) =>
    rounded((perSecond * 86_400) / assumed.peak / assumed.turnsASession).toLocaleString('en');
  const claimMs = (1000 * largest.needed.claims) / largest.turnsASecond;
  return [
    `One Postgres of ${coresOfOnePostgres} cores carries ${rounded(coresOfOnePostgres * perCore)} such turns a second (${aDay(coresOfOnePostgres * perCore)} sessions a day). Claims come one after`,
    `another in one database, ${rounded(claimMs)} ms each: that ends at ${rounded((1000 * assumed.share) / claimMs)} turns a second (${aDay((1000 * assumed.share) / claimMs)} sessions a day). Whichever`,
    'comes first is where one database ends and a second installation begins.',
    '',
  ];
}

const howItGrows = [
  '## How each part grows, with what there is',
  '',
  '- **Slots and workers.** As many worker processes as you like, on as many hosts; `DECKHAND_WORKER_SLOTS` for each. They share nothing',
  '  but Postgres and the blob store, and claim what is fairest over all of them. A turn that waits for its model holds a slot and',
  '  next to nothing else, so slots are raised first.',
  '- **Sandboxes.** One worker and one egress for each Docker host. A session goes on on another host from its snapshot',
  '  (`core/infra/snapshots.ts`). Memory of sandboxes that wait is what fills hosts: `DECKHAND_SANDBOX_IDLE_S` gives it back sooner.',
  '- **Egress.** One process a Docker host, since sockets reach no further; it is never what is full first.',
  '- **Bots.** As many processes as you like for Slack over HTTP, the page and the API; one process at a time holds a Matrix account or',
  '  a Discord bot (`core/infra/seats.ts`), and others wait to take over. Their limits are those of the platforms: posts a second in a',
  '  channel, not ours.',
  '- **Queue and live progress.** `REDIS_URL`: wakes and progress leave Postgres. They carry nothing that could be lost.',
  '- **Postgres.** One primary holds the truth. It grows with its cores and its disk; nearly all of its work is a turn’s own rows, by',
  '  their keys. Beyond one primary an installation is divided by **workspace**: no session, secret or workspace’s policy reaches from',
  '  one workspace into another, so that two installations, each with its own Postgres, Redis and hosts, are two shards. What they do',
  '  not share: fair order across workspaces, one page for all, the system’s own policy and templates, and people who have accounts',
  '  in both.',
];
