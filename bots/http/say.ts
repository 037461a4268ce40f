import { randomUUID } from 'node:crypto';
import type { z } from '@hono/zod-openapi';
import { consoleThread } from '#bots/console/types.ts';
import { DeckhandError } from '#core/errors.ts';
import type { FileRef } from '#core/events/types.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import type { HttpDeps } from './deps.ts';
import { presentMessage } from './presenters.ts';
import { notFound } from './problem.ts';
import type { NewMessage } from './schemas.ts';
import { templateReader } from './template-slot.ts';

/**
 * A message into a console thread. A `template` is given to the thread's session before its first turn is.
 * @throws {DeckhandError} `message.empty`, `message.too_long`, `template.unknown`, `not_found` for files
 */
export async function say(
  deps: HttpDeps,
  user: UserFacts,
  threadId: string,
  asked: z.infer<typeof NewMessage>,
  key: string = randomUUID(),
  template?: string,
) {
  const { userId, name } = user;
  // A request sent again finds its files taken: by itself.
  const earlier = await deps.inbound.again({ userId, name }, key);
  if (earlier) return { thread: earlier.threadId, message: presentMessage(earlier) };
  checkText(asked, deps.instance.maxMessageBytes);
  const files = await Promise.all(asked.files.map((fileId) => ownFile(deps, user, fileId)));
  if (template !== undefined) await openWith(deps, user, threadId, asked.text, template);
  const said = await deps.inbound.say({ threadId, author: { userId, name }, text: asked.text, files, key });
  return { thread: said.threadId, message: presentMessage(said) };
}

/** Opens the thread's session under this template. @throws {DeckhandError} `template.unknown` */
async function openWith(deps: HttpDeps, user: UserFacts, threadId: string, text: string, template: string) {
  const reader = await templateReader(deps, user);
  await deps.templates.resolve(template, reader);
  const [title = ''] = text.trim().split('\n', 1);
  await deps.sessions.open({
    thread: consoleThread(threadId),
    workspaceId: reader.workspaceId,
    ownerId: user.userId,
    ...{ title: title.slice(0, 80).toWellFormed(), template },
  });
}

/** The same limits hold behind the door; here they leave the text with its writer instead of in the thread. */
export function checkText({ text, files }: z.infer<typeof NewMessage>, maxBytes: number): void {
  if (text.trim() === '' && files.length === 0) {
    throw new DeckhandError('message.empty', 'The message is empty. Write what you need.');
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    const kib = (count: number) => Math.ceil(count / 1024);
    throw new DeckhandError(
      'message.too_long',
      `The message has ${kib(bytes)} KiB, the most taken is ${kib(maxBytes)} KiB. Send the long part as a file.`,
    );
  }
}

/** A file that this person uploaded and has not sent yet. */
async function ownFile(deps: HttpDeps, user: UserFacts, fileId: string): Promise<FileRef> {
  const file = await deps.files.byId(fileId);
  if (!file || file.createdBy !== user.userId || file.sessionId !== null) throw notFound('file');
  const { id, name, mediaType, size, blob } = file;
  return { id, name, mediaType, size, blob };
}
