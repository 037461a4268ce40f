import { randomUUID } from 'node:crypto';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { consoleThread } from '#bots/console/types.ts';
import { refused } from '#core/commands/reply.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { answers, IdempotencyKey } from '../schemas.ts';

const Reply = z
  .object({
    ok: z.boolean(),
    text: z.string(),
    cards: z.array(
      z.object({
        scheduleId: z.string(),
        state: z.enum(['draft', 'active', 'paused', 'ended']),
        lines: z.array(z.string()),
        buttons: z.array(z.string()),
      }),
    ),
  })
  .openapi('CommandReply');

const give = route(
  { act: 'read' },
  {
    method: 'post',
    path: '/v1/commands',
    summary: 'Does a command in the words of chat: `schedules`, `stop`, `every weekday at 9:00 …`',
    request: {
      headers: IdempotencyKey,
      body: {
        content: {
          'application/json': {
            schema: z.object({ text: z.string().max(20_000), thread: z.string().max(64).optional() }),
          },
        },
        required: true,
      },
    },
    responses: answers(Reply, 'What is answered to who gave it.'),
  },
);

/** The words of chat, for programs and for the page's buttons. */
export function commandRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(give, async (c) => {
    const user = caller(c);
    const { text, thread } = c.req.valid('json');
    if (thread && (await deps.threads.list(thread, 1)).length === 0) throw notFound('thread');
    const key = c.req.valid('header')['idempotency-key'] ?? randomUUID();
    const message = {
      thread: consoleThread(thread ?? `thr_schedules_${user.userId}`),
      eventId: `api/${user.userId}/${key}`,
      author: { accountId: user.userId, name: user.name },
      text,
      files: [],
      mention: true,
      sentAt: new Date().toISOString(),
    };
    const reply = await deps.tryCommand(message, thread ? 'console' : 'cli');
    return c.json(reply ?? refused('That is a request, not a command.'), 200);
  });
}
