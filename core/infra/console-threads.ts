import type { ConsoleStore, NewStoredMessage, StoredMessage } from '#core/console/ports.ts';
import { DeckhandError } from '#core/errors.ts';
import { newId } from '#core/ids.ts';
import type { Database } from './database.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';

type Row = Awaited<ReturnType<PrismaClient['consoleMessage']['findFirstOrThrow']>>;

/** Console threads in Postgres. `Content` must be plain JSON. */
export function openConsoleThreads<Content>({ prisma: db }: Database): ConsoleStore<Content> {
  const shown = (row: Row): StoredMessage<Content> => ({
    messageId: row.id,
    threadId: row.threadId,
    seq: row.seq,
    change: row.change,
    authorId: row.authorId,
    content: JSON.parse(row.content),
    createdAt: row.createdAt.toISOString(),
    editedAt: row.editedAt?.toISOString() ?? null,
  });

  return {
    async post(message) {
      const there = () => db.consoleMessage.findUnique({ where: { key: message.key } });
      const row =
        (await there()) ??
        (await inThread(db, message.threadId, (tx) => insert(tx, message))) ??
        (await there());
      if (!row)
        throw new DeckhandError(
          'console.lost',
          'The console lost a message while keeping it. Send it again.',
        );
      return shown(row);
    },

    async edit(messageId, content) {
      const there = await db.consoleMessage.findUnique({ where: { id: messageId } });
      if (!there) return null;
      const row = await inThread(db, there.threadId, async (tx) => {
        const change = await nextChange(tx);
        return await tx.consoleMessage.update({
          where: { id: messageId },
          data: { content: JSON.stringify(content), change, editedAt: new Date() },
        });
      });
      return shown(row);
    },

    async findByKey(threadId, key) {
      const row = await db.consoleMessage.findUnique({
        where: { key, ...(threadId === null ? {} : { threadId }) },
      });
      return row && shown(row);
    },

    async changedAfter(threadId, change, limit) {
      const rows = await db.consoleMessage.findMany({
        where: { threadId, change: { gt: change } },
        orderBy: { change: 'asc' },
        take: limit,
      });
      return rows.map(shown);
    },

    async list(threadId, limit, beforeSeq) {
      const rows = await db.consoleMessage.findMany({
        where: { threadId, ...(beforeSeq === undefined ? {} : { seq: { lt: beforeSeq } }) },
        orderBy: { seq: 'desc' },
        take: limit,
      });
      return rows.reverse().map(shown);
    },

    async undelivered(olderThan, limit) {
      const rows = await db.consoleMessage.findMany({
        where: { authorId: { not: null }, editedAt: null, createdAt: { lt: olderThan } },
        // In the order in which they were written, which moments do not tell.
        orderBy: { seq: 'asc' },
        take: limit,
      });
      return rows.map(shown);
    },
  };
}

/** One writer at a time in a thread, up to its commit: otherwise a reader could pass over a change not yet committed. */
async function inThread<T>(
  db: PrismaClient,
  threadId: string,
  work: (tx: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return await db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${threadId}, 0))`;
    return await work(tx);
  });
}

async function nextChange(tx: Prisma.TransactionClient): Promise<number> {
  const [row] = await tx.$queryRaw<{ next: bigint }[]>`
    SELECT nextval(pg_get_serial_sequence('console_message', 'seq')) AS next`;
  return Number(row?.next);
}

/** Null when another writer was faster with the same key. */
async function insert(tx: Prisma.TransactionClient, message: NewStoredMessage<unknown>): Promise<Row | null> {
  const id = newId('msg');
  const place = await nextChange(tx);
  const { threadId, authorId, key } = message;
  const content = JSON.stringify(message.content);
  await tx.consoleMessage.createMany({
    data: { id, threadId, seq: place, change: place, authorId, key, content },
    skipDuplicates: true,
  });
  return await tx.consoleMessage.findUnique({ where: { id } });
}
