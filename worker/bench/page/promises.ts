import type { BenchName } from '../benches.ts';

/** What the design promises in numbers, a row each, and the figures that show it. */
export interface Promised {
  what: string;
  target: string;
  shownBy: { bench: BenchName; metric: string }[];
}

const by = (bench: BenchName, ...metrics: string[]) => metrics.map((metric) => ({ bench, metric }));

export const promises: Promised[] = [
  {
    what: 'platform event → committed turn → acknowledgement',
    target: 'p99 ≤ 50 ms at 200 events/s',
    shownBy: by('slack', 'event → acknowledgement after the commit, p99'),
  },
  {
    what: 'committed turn → first model request, idle system',
    target: 'p50 ≤ 15 ms, p99 ≤ 60 ms',
    shownBy: by('turns', 'committed turn → model, p50', 'committed turn → model, p99'),
  },
  {
    what: 'turn finished → final post sent',
    target: 'p50 ≤ 50 ms, also behind 1,000 other turns',
    shownBy: by(
      'turns',
      'turn finished → answer sent, p50',
      'turn finished → answer sent, 1000 waiting, p50',
    ),
  },
  {
    what: 'turns a second, instant model, no sandbox',
    target: '≥ 60 % of bare BullMQ with as many commits',
    shownBy: by('turns', 'turns'),
  },
  {
    what: 'one person queues 10,000 turns, 99 others one each',
    target: "no inversion, Jain ≥ 0.98, light users' p99 ≤ 2 × idle",
    shownBy: by('turns', 'Jain index', 'inversions in a session', 'wait of light users, p99'),
  },
  {
    what: "sandbox: cold start, warm claim, command, beside the Agents SDK's own",
    target: '≤ 0.8 ×, ≤ 0.1 ×, ≤ 0.15 ×',
    shownBy: by(
      'sandbox',
      "cold start to first output, of the SDK's",
      "warm claim to first output, of the SDK's",
      "command in a running sandbox, of the SDK's",
    ),
  },
  {
    what: 'egress, intercepted: beside a minimal intercepting proxy, and mockttp; passed through: beside bare CONNECT',
    target: '≥ 0.8 × and ≥ 2 × requests/s and MB/s; ≥ 0.9 ×',
    shownBy: by(
      'egress',
      "requests, of the minimal proxy's",
      "large answers, of the minimal proxy's",
      "requests, of mockttp's",
      "large answers, of mockttp's",
      "requests, passed through, of bare CONNECT's",
      "large answers, passed through, of bare CONNECT's",
    ),
  },
  {
    what: 'egress, new connections beside bare CONNECT; time added',
    target: '≥ 0.8 ×; ≤ 2 ms p50',
    shownBy: by(
      'egress',
      "new connections, of bare CONNECT's",
      'new connection and request, added by the door, p50',
    ),
  },
  {
    what: 'journal: events, signed receipts; with 2 ms more a flush; verify; recovery',
    target: '≥ 15,000/s, ≥ 10,000/s; ≥ 8 × the floor; 10,000 events ≤ 1 s; ≤ 100 ms of processor time',
    shownBy: by(
      'journal',
      'events, half of them signed',
      'signed receipts',
      'events, half of them signed, flush + 2 ms',
      'signed receipts, flush + 2 ms',
      'verify 10000 events',
      'recovery of 200 steps',
    ),
  },
  {
    what: '`kill -9` of a worker',
    target: 'resumed ≤ 10 s; 0 effects repeated over 200 random kill points',
    shownBy: by('recovery', 'cut off → resumed, longest', 'commands that ran twice', 'turns cut off'),
  },
  {
    what: '100,000 idle sessions',
    target: 'add < 1 MB to each role',
    shownBy: by(
      'roles',
      'bots, memory that 100000 idle sessions add',
      'worker, memory that 100000 idle sessions add',
      'egress, memory that 100000 idle sessions add',
    ),
  },
];
