import { openProgress, type Progress } from './progress.ts';
import { instantOf, laterOf, snowflakeAt } from './types.ts';

/** How far a bot was read, over all its shards. */
export interface Positions {
  /** A shard has connected anew: it was sent nothing of what was said meanwhile, and `parts` are to be read. */
  ready(shard: Shard, parts: string[]): void;
  /** A part of the shard's last READY, to be read from `since` on; null: it is none of those, or has been read. */
  unread(shard: number, part: string): { since: string; done(): void } | null;
  /** Resolves once a part of the shard's last READY has been read; null: it has been, or was none of those. */
  reading(shard: number, part: string): Promise<void> | null;
  /** A message of a shard's is being taken; the answer says that it is settled. */
  begin(shard: number, message: string): () => void;
  /** Everything up to this message is settled, on every shard: whoever comes next reads from here on. */
  position(): string;
}

/** Ids are made by many machines of Discord's: a little before what is settled is read again; what is known is taken once. */
const overlapMs = 60_000;

/** Its number, and of how many; READY tells both (events/gateway-events#ready). */
export interface Shard {
  id: number;
  count: number;
}

interface Reading {
  /** Nothing after this is known to be settled, as long as a part is unread. */
  floor: string;
  parts: Map<string, PromiseWithResolvers<void>>;
  progress: Progress;
}

/**
 * Each shard is connected on its own, and each has its own guilds: while one is away the others go on. So each is
 * counted by itself, and the least of them is what the next process begins from. Nothing from before `from` is ever
 * read: what was said before a first start is not ours to answer.
 */
export function openPositions(from: string): Positions {
  let shards = new Map<number, Reading>();
  let count = 1;
  let before = from;

  function positionOf(shard: number): string {
    const one = shards.get(shard);
    if (!one) return before;
    const settled = one.parts.size === 0 ? one.progress.settled() : null;
    return settled ? laterOf(one.floor, earlier(settled)) : one.floor;
  }

  function position(): string {
    const all = Array.from({ length: count }, (_, shard) => positionOf(shard));
    return all.reduce((least, one) => (BigInt(one) < BigInt(least) ? one : least));
  }

  return {
    position,
    ready: (shard, parts) => {
      if (shard.count !== count) {
        // The guilds are dealt out anew.
        before = position();
        shards = new Map();
        count = shard.count;
      }
      const last = shards.get(shard.id);
      const unread = new Map(parts.map((part) => [part, Promise.withResolvers<void>()]));
      // Who waits for what an earlier READY left unread waits for this one.
      for (const [part, { resolve }] of last?.parts ?? []) resolve(unread.get(part)?.promise);
      const progress = last?.progress ?? openProgress();
      shards.set(shard.id, { floor: positionOf(shard.id), parts: unread, progress });
    },
    unread: (shard, part) => {
      const one = shards.get(shard);
      if (!one?.parts.has(part)) return null;
      // Of this READY: what is read for an earlier one ends before where the next begins.
      return {
        since: one.floor,
        done: () => {
          one.parts.get(part)?.resolve();
          one.parts.delete(part);
        },
      };
    },
    reading: (shard, part) => shards.get(shard)?.parts.get(part)?.promise ?? null,
    begin: (shard, message) => shards.get(shard)?.progress.begin(message) ?? (() => {}),
  };
}

function earlier(message: string): string {
  return snowflakeAt(new Date(instantOf(message).getTime() - overlapMs));
}
