import type { InboundMessage } from '#core/chat/inbound.ts';
import type { Standing } from '#core/identity/may-speak.ts';
import type { SlackCalls } from './calls.ts';
import type { SlackSelf } from './types.ts';

export interface SlackPerson {
  name: string;
  standing: Standing;
  isBot: boolean;
}

export interface People {
  /** Who this is in the workspace. Asked once in a while, kept in between. @throws as `SlackCalls.call` */
  byId(userId: string): Promise<SlackPerson>;
  /** As `byId`, in the form of a message's author. */
  author(userId: string): Promise<InboundMessage['author']>;
}

const keptMs = 10 * 60_000;
const mostKept = 20_000;
/** An event waits for its acknowledgement meanwhile. */
const maxWaitMs = 1_500;

/** The people of a workspace, from `users.info`. */
export function openPeople(calls: SlackCalls, self: Pick<SlackSelf, 'teamId'>): People {
  const kept = new Map<string, { person: Promise<SlackPerson>; atMs: number }>();

  async function ask(userId: string): Promise<SlackPerson> {
    const { user } = await calls.call({ method: 'users.info', maxWaitMs }, (client) =>
      client.users.info({ user: userId }),
    );
    const foreign = user?.is_stranger || (user?.team_id !== undefined && user.team_id !== self.teamId);
    const name = user?.profile?.display_name || user?.real_name || user?.name || userId;
    return {
      name,
      standing: foreign ? 'stranger' : user?.is_restricted || user?.is_ultra_restricted ? 'guest' : 'member',
      isBot: user?.is_bot ?? false,
    };
  }

  function byId(userId: string): Promise<SlackPerson> {
    const known = kept.get(userId);
    if (known && known.atMs > Date.now() - keptMs) return known.person;
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '');
    const person = ask(userId);
    kept.set(userId, { person, atMs: Date.now() });
    // A failure is not kept: the next event asks again.
    person.catch(() => kept.delete(userId));
    return person;
  }

  return {
    byId,
    author: async (userId) => {
      const { name, standing } = await byId(userId);
      return { accountId: userId, name, standing };
    },
  };
}
