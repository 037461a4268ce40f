import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, type Found, percentile, rounded, told } from '../metric.ts';
import { hosts, openBenchDoors } from './doors.ts';
import {
  byteRate,
  connectionRate,
  download,
  freshRequest,
  type Rate,
  requestRate,
  type Way,
} from './load.ts';
import { startProgram } from './programs.ts';

const rounds = 5;
const sliceMs = 1_000;
const connections = 16;
const warmSlicesMax = 10;
const warmEnough = 0.95;
const streams = 4;
const streamBytes = 32 * 1024 * 1024;
const freshARound = 40;
const hugeBytes = 10 * 1024 ** 3;

interface Ways {
  bare: Way;
  minimal: Way;
  mockttp: Way;
  /** Ours, decided request by request. */
  read: Way;
  /** Ours, let through as it is. */
  unread: Way;
  /** Ours, with every answer searched for a secret. */
  masked: Way;
  /** Ours, with a secret on every request. */
  secret: Way;
}

type Samples<T> = Partial<Record<keyof Ways, T[]>>;

/** The door beside a bare proxy, a minimal one that intercepts, and mockttp, turn about in one run; targets of the design, section 12. */
export async function benchEgress(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const ways = await openWays(owned);
  const all = Object.keys(ways) as (keyof Ways)[];
  const measure = <T>(what: string, names: (keyof Ways)[], one: (way: Way) => Promise<T>) => {
    say(what);
    return alternate(names, (name) => one(ways[name]));
  };
  say('warming up');
  for (const name of all) await warmUp(ways[name]);
  const requests = await measure('requests over kept connections', all, (way) =>
    requestRate(way, connections, sliceMs),
  );
  const bytes = await measure('large answers', all, (way) => byteRate(way, streams, streamBytes, sliceMs));
  const fresh = await measure('new connections', ['bare', 'minimal', 'read', 'unread'], (way) =>
    connectionRate(way, connections, sliceMs),
  );
  const single = await measure(
    'new connections one by one',
    ['bare', 'minimal', 'read', 'unread'],
    middleFresh,
  );
  say('ten gigabytes');
  const grown = await growthOver(ways.read.pid, () => download(ways.read, hugeBytes));
  return [
    ...rateLines('requests', 'requests/s', requests, 1),
    ...rateLines('large answers', 'MB/s', bytes, 1e-6),
    ...connectionLines(fresh, single),
    atMost({ metric: '10 GB through TLS, memory grows at most by', value: rounded(grown), unit: 'MB' }, 128),
  ];
}

/** Until a request costs no less than before: who has more code has more of it to be compiled, which a slow machine takes its time for. */
async function warmUp(way: Way): Promise<void> {
  let before = Number.POSITIVE_INFINITY;
  for (let slice = 0; slice < warmSlicesMax; slice += 1) {
    const { cpuSeconds } = await requestRate(way, connections, sliceMs);
    if (cpuSeconds > warmEnough * before) return;
    before = cpuSeconds;
  }
}

async function openWays(owned: AsyncDisposableStack): Promise<Ways> {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-bench-egress-'));
  owned.defer(() => rm(folder, { recursive: true, force: true }));
  const port = Number((await startProgram(owned, 'origin.ts')).at);
  const peer = async (name: string): Promise<Way> => {
    const { at, child } = await startProgram(owned, 'peers.ts', name, join(folder, name));
    return { proxy: at, host: 'localhost', port, pid: child.pid ?? 0 };
  };
  const doors = await openBenchDoors(owned, port);
  const { pid } = doors;
  return {
    bare: await peer('bare'),
    minimal: await peer('minimal'),
    mockttp: await peer('mockttp'),
    read: { proxy: doors.plain, host: hosts.read, port, pid },
    unread: { proxy: doors.plain, host: hosts.unread, port, pid },
    masked: { proxy: doors.masked, host: hosts.read, port, pid },
    secret: { proxy: doors.masked, host: hosts.secret, port, pid },
  };
}

/** Each in turn, round by round, so that whatever the machine does besides meets all of them. */
async function alternate<T>(
  names: readonly (keyof Ways)[],
  one: (name: keyof Ways) => Promise<T>,
): Promise<Samples<T>> {
  const found: Samples<T> = {};
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) found[name] = [...(found[name] ?? []), await one(name)];
  return found;
}

async function middleFresh(way: Way): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < freshARound; n += 1) times.push(await freshRequest(way));
  return percentile(times, 0.5);
}

/** Megabytes by which a process grew at most while something went on. */
async function growthOver(pid: number, work: () => Promise<void>): Promise<number> {
  const resident = () =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  const before = resident();
  let most = before;
  const looking = setInterval(() => {
    most = Math.max(most, resident());
  }, 50);
  await work().finally(() => clearInterval(looking));
  return most - before;
}

const middle = (samples: readonly number[] = []) => percentile(samples, 0.5);
const rates = (samples: readonly Rate[] = []) => middle(samples.map(({ perSecond }) => perSecond));
const costs = (samples: readonly Rate[] = []) => middle(samples.map(({ cpuSeconds }) => cpuSeconds));

/** The median of the rounds' ratios: what disturbed one round disturbed both sides of it. */
function ratioOf(samples: Samples<Rate>, name: keyof Ways, to: keyof Ways): number {
  return percentile(
    (samples[name] ?? []).map(
      (value, round) => value.perSecond / (samples[to]?.[round]?.perSecond ?? Number.NaN),
    ),
    0.5,
  );
}

const words: Record<keyof Ways, string> = {
  bare: 'bare CONNECT',
  minimal: 'minimal intercepting proxy',
  mockttp: 'mockttp',
  read: 'door',
  unread: 'door, passed through',
  masked: 'door, answers masked',
  secret: 'door, a secret on each request',
};

function rateLines(what: string, unit: string, samples: Samples<Rate>, scale: number): Found[] {
  const names = Object.keys(samples) as (keyof Ways)[];
  return [
    ...names.map((name) =>
      told({ metric: `${what}, ${words[name]}`, value: rounded(scale * rates(samples[name])), unit }),
    ),
    ...cost(what, unit.replace(/s?\/s$/, ''), samples, scale),
    ratio(`${what}, of the minimal proxy's`, ratioOf(samples, 'read', 'minimal'), 0.8),
    ratio(`${what}, of mockttp's`, ratioOf(samples, 'read', 'mockttp'), 2),
    // What is possible at all: large answers cost the same decryption and encryption in each that intercepts.
    told({
      metric: `${what}, minimal proxy, of mockttp's`,
      value: rounded(ratioOf(samples, 'minimal', 'mockttp')),
      unit: '×',
    }),
    ratio(`${what}, passed through, of bare CONNECT's`, ratioOf(samples, 'unread', 'bare'), 0.9),
  ];
}

function connectionLines(samples: Samples<Rate>, single: Samples<number>): Found[] {
  const names = Object.keys(samples) as (keyof Ways)[];
  const added = middle(single.read) - middle(single.bare);
  return [
    ...names.map((name) =>
      told({
        metric: `new connections, ${words[name]}`,
        value: rounded(rates(samples[name])),
        unit: 'connections/s',
      }),
    ),
    ...cost('new connections', 'connection', samples, 1),
    ratio(`new connections, of bare CONNECT's`, ratioOf(samples, 'read', 'bare'), 0.8),
    ...names.map((name) =>
      told({
        metric: `new connection and request, ${words[name]}, p50`,
        value: rounded(middle(single[name])),
        unit: 'ms',
      }),
    ),
    atMost(
      { metric: 'new connection and request, added by the door, p50', value: rounded(added), unit: 'ms' },
      2,
    ),
  ];
}

function ratio(metric: string, value: number, target: number): Found {
  return { metric, value: rounded(value), unit: '×', floor: 1, target, met: value >= target };
}

/** What one costs the proxy's own process; Postgres, which the door writes to, is not in it. */
function cost(what: string, unit: string, samples: Samples<Rate>, scale: number): Found[] {
  return (Object.keys(samples) as (keyof Ways)[]).map((name) =>
    told({
      metric: `${what}, work of ${words[name]}`,
      value: rounded((1e6 * costs(samples[name])) / scale),
      unit: `µs/${unit}`,
    }),
  );
}
