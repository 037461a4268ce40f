import { randomUUID } from 'node:crypto';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { consoleThread } from '#bots/console/types.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import type { Proposal } from '#core/schedules/desk.ts';
import { allowed, caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { presentFiring, presentSchedule } from '../presenters.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { answers, IdempotencyKey, idParam, Person } from '../schemas.ts';

const Firing = z
  .object({
    dueAt: z.string(),
    state: z.string(),
    cause: z.enum(['clock', 'run_now']),
    turnId: z.string().nullable(),
    note: z.string().nullable(),
    settledAt: z.string().nullable(),
  })
  .openapi('Firing');

const Schedule = z
  .object({
    id: z.string(),
    owner: Person,
    thread: z.string(),
    text: z.string(),
    words: z.string(),
    zone: z.string(),
    state: z.enum(['draft', 'active', 'paused', 'ended']),
    pausedBecause: z.string().nullable(),
    overlap: z.enum(['allow', 'skip', 'buffer_one']),
    runMode: z.enum(['new_thread', 'same_thread']),
    missed: z.enum(['skip', 'run_once']),
    jitterSeconds: z.number(),
    failures: z.number().int(),
    nextDue: z.string().nullable(),
    revision: z.number().int(),
    createdAt: z.string(),
    /** The next three times, as people read them in the schedule's zone. */
    next: z.array(z.string()),
    last: z.array(Firing),
  })
  .openapi('Schedule');

const NewSchedule = z
  .object({
    words: z
      .string()
      .min(1)
      .max(20_000)
      .describe('When and what: `every weekday at 9:00 check the backups`.'),
    thread: z.string().max(64).optional().describe('Console thread that it belongs to.'),
    zone: z.string().max(64).optional(),
    overlap: z.enum(['allow', 'skip', 'buffer_one']).optional(),
    runMode: z.enum(['new_thread', 'same_thread']).optional(),
    missed: z.enum(['skip', 'run_once']).optional(),
    jitterSeconds: z.number().min(0).max(3600).optional(),
  })
  .openapi('NewSchedule');

const body = { content: { 'application/json': { schema: NewSchedule } }, required: true };
const params = idParam('schedule');
const path = '/v1/schedules/{schedule}' as const;

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/schedules',
    summary: 'Your schedules, soonest first; with `all`, those of everybody for administrators',
    request: { query: z.object({ all: z.enum(['true', 'false']).default('false') }) },
    responses: answers(z.object({ schedules: z.array(Schedule) }), 'Schedules.'),
  },
);
const propose = route(
  { act: 'ask', audit: 'schedule.drafted' },
  {
    method: 'post',
    path: '/v1/schedules',
    summary:
      'A draft of a schedule: what was understood, with its next times. Nothing runs before it is saved',
    request: { headers: IdempotencyKey, body },
    responses: answers(Schedule, 'The draft.'),
  },
);
const one = route(
  { act: 'read' },
  {
    method: 'get',
    path,
    summary: 'A schedule',
    request: { params },
    responses: answers(Schedule, 'The schedule.'),
  },
);
const change = route(
  { act: 'ask', audit: 'schedule.change_drafted' },
  {
    method: 'put',
    path,
    summary: 'A draft that changes a schedule once it is saved; what is left out stays',
    request: { params, headers: IdempotencyKey, body },
    responses: answers(Schedule, 'The draft.'),
  },
);
const remove = route(
  { act: 'read', audit: 'schedule.removed' },
  {
    method: 'delete',
    path,
    summary: 'Deletes a schedule with its history; turns that it started go on',
    request: { params },
    responses: answers(z.object({ deleted: z.literal(true) }), 'Gone.'),
  },
);
const act = route(
  { act: 'read', audit: 'schedule.acted' },
  {
    method: 'post',
    path: `${path}/{act}`,
    summary: 'Saves a draft, pauses, resumes, or runs a schedule now',
    request: {
      params: params.extend({ act: z.enum(['save', 'pause', 'resume', 'run']) }),
      headers: IdempotencyKey,
    },
    responses: answers(Schedule, 'The schedule as it stands now.'),
  },
);
const history = route(
  { act: 'read' },
  {
    method: 'get',
    path: `${path}/history`,
    summary: 'Firings, newest first',
    request: { params, query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }) },
    responses: answers(z.object({ firings: z.array(Firing) }), 'Firings.'),
  },
);

/** Schedules: made in words, saved after a look at what was understood. */
export function scheduleRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { desk } = deps;

  async function shown(user: UserFacts, scheduleId: string) {
    const found = await desk.see(user, scheduleId);
    return presentSchedule(found, (await desk.lastFirings([found], 3)).get(scheduleId) ?? [], new Date());
  }

  async function proposalOf(
    user: UserFacts,
    asked: z.infer<typeof NewSchedule>,
    key: string,
  ): Promise<Proposal> {
    const { words, zone, thread: threadId = `thr_schedules_${user.userId}`, jitterSeconds, ...rest } = asked;
    if (asked.thread && (await deps.threads.list(asked.thread, 1)).length === 0) throw notFound('thread');
    return {
      words,
      zone,
      person: user,
      account: { id: user.userId, name: user.name },
      thread: consoleThread(threadId),
      source: `api/${user.userId}/${key}`,
      now: new Date(),
      options: { ...rest, jitterMs: jitterSeconds === undefined ? undefined : jitterSeconds * 1000 },
    };
  }

  app.openapi(list, async (c) => {
    const user = caller(c);
    const all = await desk.list(user, c.req.valid('query').all === 'true');
    const last = await desk.lastFirings(all, 3);
    const now = new Date();
    const schedules = all.map((each) => presentSchedule(each, last.get(each.scheduleId) ?? [], now));
    return c.json({ schedules }, 200);
  });

  app.openapi(propose, async (c) => {
    const user = caller(c);
    const key = c.req.valid('header')['idempotency-key'] ?? randomUUID();
    const draft = await desk.propose(await proposalOf(user, c.req.valid('json'), key));
    return c.json(await shown(user, draft.scheduleId), 200);
  });

  app.openapi(change, async (c) => {
    const user = caller(c);
    const key = c.req.valid('header')['idempotency-key'] ?? randomUUID();
    const proposal = await proposalOf(user, c.req.valid('json'), key);
    const draft = await desk.propose({ ...proposal, changes: c.req.valid('param').schedule });
    return c.json(await shown(user, draft.scheduleId), 200);
  });

  app.openapi(one, async (c) => c.json(await shown(caller(c), c.req.valid('param').schedule), 200));

  app.openapi(remove, async (c) => {
    await desk.remove(caller(c), c.req.valid('param').schedule);
    return c.json({ deleted: true as const }, 200);
  });

  app.openapi(history, async (c) => {
    const { schedule } = c.req.valid('param');
    const firings = await desk.history(caller(c), schedule, c.req.valid('query').limit);
    return c.json({ firings: firings.map(presentFiring) }, 200);
  });

  app.openapi(act, async (c) => {
    const { schedule, act: what } = c.req.valid('param');
    const user = allowed(c, what === 'pause' ? 'read' : 'ask');
    const now = new Date();
    let id = schedule;
    if (what === 'save') id = (await desk.save(user, schedule, now)).scheduleId;
    if (what === 'pause') await desk.pause(user, schedule);
    if (what === 'resume') await desk.resume(user, schedule, now);
    if (what === 'run') {
      await desk.runNow(
        user,
        schedule,
        now,
        `api/${c.req.valid('header')['idempotency-key'] ?? randomUUID()}`,
      );
    }
    return c.json(await shown(user, id), 200);
  });
}
