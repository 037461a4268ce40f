import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { consoleThread } from '#bots/console/types.ts';
import { newId } from '#core/ids.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import type { LiveHub } from '../live-hub.ts';
import { presentMessage } from '../presenters.ts';
import { notFound } from '../problem.ts';
import { asAnswer, route } from '../route.ts';
import { say } from '../say.ts';
import {
  after,
  answers,
  cursor,
  IdempotencyKey,
  idParam,
  limit,
  Message,
  NewMessage,
  next,
  nextCursor,
  olderThan,
  readCursor,
  streams,
} from '../schemas.ts';
import { type EventStreams, resumeAfter } from '../sse.ts';
import { streamThread } from '../thread-stream.ts';
import { placeOf, sessionPlace } from './sessions.ts';

const ThreadSummary = z
  .object({
    id: z.string(),
    sessionId: z.string(),
    title: z.string(),
    state: z.enum(['idle', 'queued', 'running', 'waiting']),
    /** Questions in it that wait for an answer. */
    openApprovals: z.number().int(),
    updatedAt: z.string(),
  })
  .openapi('ThreadSummary');

const Thread = z
  .object({
    id: z.string(),
    sessionId: z.string().nullable(),
    title: z.string(),
    messages: z.array(Message),
    /** Are there messages before these? */
    earlier: z.boolean(),
    /** Where a stream of this thread goes on without a gap: `?after=`. */
    change: z.number().int(),
  })
  .openapi('Thread');

const Posted = z.object({ thread: z.string(), message: Message }).openapi('Posted');

const pageSize = 100;
const body = { content: { 'application/json': { schema: NewMessage } }, required: true };

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/threads',
    summary: "The console's threads, newest activity first",
    request: {
      query: z.object({
        cursor,
        limit: limit(200, 50),
      }),
    },
    responses: answers(z.object({ threads: z.array(ThreadSummary), next }), 'Threads.'),
  },
);

const create = route(
  { act: 'ask' },
  {
    method: 'post',
    path: '/v1/threads',
    summary: 'A new thread with its first message',
    request: { headers: IdempotencyKey, body },
    responses: answers(Posted, 'The message, and what became of it.'),
  },
);

const one = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/threads/{thread}',
    summary: 'A thread with its newest messages',
    request: {
      params: idParam('thread'),
      query: z.object({
        before: olderThan('Messages before this `seq`.'),
      }),
    },
    responses: answers(Thread, 'The thread.'),
  },
);

const post = route(
  { act: 'ask' },
  {
    method: 'post',
    path: '/v1/threads/{thread}/messages',
    summary: 'A message in a thread',
    request: { params: idParam('thread'), headers: IdempotencyKey, body },
    responses: answers(Posted, 'The message, and what became of it.'),
  },
);

const stream = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/threads/{thread}/stream',
    summary: 'Messages posted and edited, the state of the turn, and words as they come',
    request: { params: idParam('thread'), query: z.object({ after }) },
    responses: streams,
  },
);

/** Console threads: what the page and the command line write into. */
export function threadRoutes(
  app: OpenAPIHono<HttpEnv>,
  deps: HttpDeps,
  open: EventStreams,
  hub: LiveHub,
): void {
  const { sessions, approvals, threads } = deps;

  async function mustExist(threadId: string): Promise<void> {
    if ((await threads.list(threadId, 1)).length === 0) throw notFound('thread');
  }

  app.openapi(list, async (c) => {
    caller(c);
    const { cursor: from, limit: most } = c.req.valid('query');
    const [before, beforeId] = readCursor(from, sessionPlace) ?? [];
    const [found, waiting] = await Promise.all([
      sessions.list({ platform: 'console', before, beforeId, limit: most }),
      approvals.listOpen(500),
    ]);
    const summaries = found.map(({ sessionId, thread, title, state, updatedAt }) => {
      const openApprovals = waiting.filter((approval) => approval.sessionId === sessionId).length;
      return { id: thread.thread, sessionId, title, state, openApprovals, updatedAt };
    });
    return c.json({ threads: summaries, next: nextCursor(found, most, placeOf) }, 200);
  });

  app.openapi(create, async (c) => {
    const user = caller(c);
    const key = c.req.valid('header')['idempotency-key'];
    return c.json(await say(deps, user, newId('thr'), c.req.valid('json'), key), 200);
  });

  app.openapi(one, async (c) => {
    caller(c);
    const { thread } = c.req.valid('param');
    const { before } = c.req.valid('query');
    const newest = await threads.list(thread, pageSize + 1, before);
    if (newest.length === 0 && before === undefined) throw notFound('thread');
    const session = await sessions.byThread(consoleThread(thread));
    const messages = newest.slice(-pageSize);
    const change = messages.reduce((most, message) => Math.max(most, message.change), 0);
    const earlier = newest.length > pageSize;
    const { sessionId = null, title = '' } = session ?? {};
    return c.json(
      { id: thread, sessionId, title, messages: messages.map(presentMessage), earlier, change },
      200,
    );
  });

  app.openapi(post, async (c) => {
    const user = caller(c);
    const { thread } = c.req.valid('param');
    await mustExist(thread);
    const key = c.req.valid('header')['idempotency-key'];
    return c.json(await say(deps, user, thread, c.req.valid('json'), key), 200);
  });

  app.openapi(stream, async (c) => {
    caller(c);
    const { thread } = c.req.valid('param');
    await mustExist(thread);
    const from = resumeAfter(c, c.req.valid('query').after);
    return asAnswer(open.open((sink) => streamThread(deps, hub, thread, from, sink)));
  });
}
