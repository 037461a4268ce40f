import { untilChange } from '#core/testing/until-change.ts';
import type { BucketUse } from './buckets.ts';
import type { Desk } from './desk.ts';
import { type JsonObject, objectsAt, textAt } from './json.ts';
import type { Place } from './payloads.ts';
import type { Call, WebApi } from './web-api.ts';
import { type Ephemeral, messagesIn, statusKey, statusNow, type TwinMessage, threadOf } from './world.ts';

/** What a test can see: everything that people would, and what Slack's servers would know. */
export interface Look {
  /** What the app posted in a channel or thread, oldest first. */
  posts(where: string | Place): TwinMessage[];
  /** What anybody posted there. */
  messages(where: string | Place): TwinMessage[];
  /** What the app wrote to a person directly. */
  directPosts(user: string): TwinMessage[];
  /** What only this person was shown. */
  ephemerals(user: string): Ephemeral[];
  fileName(id: string): string;
  /** The status under a thread now. */
  statusOf(thread: Place): string | undefined;
  /** The modals that the app opened, oldest first. */
  modals(): JsonObject[];
  /** A person's Home tab as the app published it. */
  home(user: string): JsonObject | undefined;
  /** The Web API's calls, of one method or all. */
  calls(method?: string): Call[];
  /** How often each method was called. */
  counts(): Record<string, number>;
  /** How each bucket of the rate limits was used. */
  buckets(): Record<string, BucketUse>;
  /** All the words of a message: its text, and those in its blocks. */
  words(message: Pick<TwinMessage, 'text' | 'blocks'>): string;
  /** Resolves with the first truthy answer, looking again at each change; fails after a while of real time. */
  until<T>(what: string, answer: () => T | undefined | false, withinMs?: number): Promise<T>;
}

export function createLook(desk: Desk, api: WebApi, channelId: (nameOrId: string) => string): Look {
  const { world, clock } = desk;
  const messages = (where: string | Place): TwinMessage[] =>
    typeof where === 'string'
      ? messagesIn(world, channelId(where))
      : threadOf(world, where.channel, where.ts);

  return {
    messages,
    posts: (where) => messages(where).filter((message) => message.botId === world.app.user.botId),
    directPosts: (user) => {
      const direct = [...world.channels.values()].find(
        ({ kind, members }) => kind === 'im' && members.has(user),
      );
      const all = direct ? messages(direct.id) : [];
      return all.filter((message) => message.botId === world.app.user.botId);
    },
    ephemerals: (user) => world.ephemerals.filter((one) => one.user === user),
    fileName: (id) => world.files.get(id)?.name ?? id,
    statusOf: ({ channel, ts }) => statusNow(world, clock, statusKey(channel, ts)),
    modals: () => [...world.views.values()].filter((view) => view.type === 'modal'),
    home: (user) => world.homes.get(user),
    calls: (method) => api.calls.filter((call) => method === undefined || call.method === method),
    counts: () => {
      const counts: Record<string, number> = {};
      for (const { method } of api.calls) counts[method] = (counts[method] ?? 0) + 1;
      return counts;
    },
    buckets: api.use,
    words: ({ text, blocks }) => [text, ...blocks.flatMap(wordsIn)].join('\n'),
    until: (what, answer, withinMs = 5_000) => untilChange(world.bell, what, answer, withinMs),
  };
}

/** The texts inside a block, at any depth that Slack nests them. */
function wordsIn(block: JsonObject): string[] {
  return Object.values(block)
    .flatMap((value): string[] => {
      if (Array.isArray(value)) return objectsAt({ value }, 'value').flatMap(wordsIn);
      if (typeof value === 'object' && value !== null) return wordsIn(value);
      return [];
    })
    .concat(textAt(block, 'text') ?? []);
}
