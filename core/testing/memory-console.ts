import type { ConsoleStore, StoredMessage } from '#core/console/ports.ts';
import { newId } from '#core/ids.ts';

/** A console store in memory, held to the same contract as the one on Postgres. */
export function memoryConsoleStore<Content>(): ConsoleStore<Content> {
  const messages = new Map<string, StoredMessage<Content> & { key: string }>();
  let places = 0;
  const of = (threadId: string) => [...messages.values()].filter((message) => message.threadId === threadId);
  const copy = ({ key: _, ...message }: StoredMessage<Content> & { key: string }) => structuredClone(message);

  return {
    async post({ threadId, authorId, key, content }) {
      const there = [...messages.values()].find((message) => message.key === key);
      if (there) return copy(there);
      places += 1;
      const messageId = newId('msg');
      const kept = {
        messageId,
        threadId,
        authorId,
        key,
        seq: places,
        change: places,
        content: structuredClone(content),
        createdAt: new Date().toISOString(),
        editedAt: null,
      };
      messages.set(messageId, kept);
      return copy(kept);
    },
    async edit(messageId, content) {
      const there = messages.get(messageId);
      if (!there) return null;
      places += 1;
      const edited = {
        ...there,
        content: structuredClone(content),
        change: places,
        editedAt: new Date().toISOString(),
      };
      messages.set(messageId, edited);
      return copy(edited);
    },
    async findByKey(threadId, key) {
      const found = [...messages.values()].find(
        (message) => message.key === key && (threadId === null || message.threadId === threadId),
      );
      return found ? copy(found) : null;
    },
    async changedAfter(threadId, change, limit) {
      const later = of(threadId).filter((message) => message.change > change);
      return later
        .sort((a, b) => a.change - b.change)
        .slice(0, limit)
        .map(copy);
    },
    async list(threadId, limit, beforeSeq = Number.POSITIVE_INFINITY) {
      const before = of(threadId).filter((message) => message.seq < beforeSeq);
      return before
        .sort((a, b) => a.seq - b.seq)
        .slice(-limit)
        .map(copy);
    },
    async undelivered(olderThan, limit) {
      const open = [...messages.values()].filter(
        ({ authorId, editedAt, createdAt }) =>
          authorId !== null && editedAt === null && new Date(createdAt) < olderThan,
      );
      return open
        .sort((a, b) => a.seq - b.seq)
        .slice(0, limit)
        .map(copy);
    },
  };
}
