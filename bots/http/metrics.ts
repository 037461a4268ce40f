import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Load } from '#core/load/ports.ts';
import type { HttpEnv } from './deps.ts';

export interface Metrics {
  /** Times every answer by its route, method and status. */
  watch: MiddlewareHandler<HttpEnv>;
  /** Prometheus' text format. */
  text(): Promise<string>;
  contentType: string;
}

/** Figures of this process, and of the instance as the database knows it. `openStreams`: readers of event streams. */
export function openMetrics(load: Load, openStreams: () => number): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register, prefix: 'deckhand_' });
  const registers = [register];
  const answers = new Histogram({
    name: 'deckhand_http_request_seconds',
    help: 'Time to an answer, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const streams: Gauge = new Gauge({
    name: 'deckhand_event_streams',
    help: 'Open event streams of this process.',
    registers,
    collect: () => streams.set(openStreams()),
  });
  const turns = new Gauge({
    name: 'deckhand_turns',
    help: 'Turns that have not ended, by state.',
    labelNames: ['state'],
    registers,
  });
  const ended = new Gauge({
    name: 'deckhand_turns_ended_last_hour',
    help: 'Turns that ended within the last hour, by how.',
    labelNames: ['state'],
    registers,
  });
  const door = new Gauge({
    name: 'deckhand_egress_requests_last_hour',
    help: 'Requests at the doors within the last hour, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const counts = new Gauge({
    name: 'deckhand_things',
    help: 'How many there are: sessions, people, open approvals.',
    labelNames: ['of'],
    registers,
  });
  const slots = new Gauge({
    name: 'deckhand_worker_slots',
    help: 'Turns that the workers which are alive can run at once, and how many they run.',
    labelNames: ['of'],
    registers,
  });

  async function look(): Promise<void> {
    const [now, workers] = await Promise.all([load.now(), load.workers()]);
    for (const state of ['queued', 'running', 'waiting'] as const) turns.set({ state }, now[state]);
    for (const state of ['succeeded', 'failed', 'cancelled'] as const) ended.set({ state }, now[state]);
    door.set({ outcome: 'passed' }, now.passed);
    door.set({ outcome: 'refused' }, now.refused);
    door.set({ outcome: 'failed' }, now.broken);
    counts.set({ of: 'sessions' }, now.sessions);
    counts.set({ of: 'people' }, now.people);
    counts.set({ of: 'open_approvals' }, now.openApprovals);
    const alive = workers.filter((worker) => worker.alive);
    const sum = (of: 'slots' | 'running') => alive.reduce((total, worker) => total + worker[of], 0);
    slots.set({ of: 'all' }, sum('slots'));
    slots.set({ of: 'busy' }, sum('running'));
  }

  return {
    contentType: register.contentType,
    watch: async (c, next) => {
      const end = answers.startTimer();
      await next();
      // By the route's pattern: an address's own names would make as many series as there are things.
      end({ method: c.req.method, route: routeOf(c), status: `${c.res.status}` });
    },
    text: async () => {
      await look();
      return register.metrics();
    },
  };
}

function routeOf(c: Context): string {
  const routes = matchedRoutes(c).map(({ path }) => path);
  return routes.findLast((path) => !path.endsWith('*')) ?? 'none';
}
