import type { Desk } from './desk.ts';
import type { Deliveries } from './events/deliveries.ts';
import { createPerson, type Person } from './person.ts';
import type { TwinChannel, TwinUser } from './world.ts';

export interface ChannelFacts {
  /** True: only members know of it. */
  private?: boolean;
  /** True: a conversation of several people, without a name of its own. */
  several?: boolean;
  /** True: shared with another organisation. */
  shared?: boolean;
  /** False: the app is not invited yet. */
  withApp?: boolean;
}

export interface Workspace {
  readonly teamId: string;
  /** The app's own user id. */
  readonly appUserId: string;
  /** The person of this name; made on first asking, in every channel there is. */
  user(name: string, facts?: Partial<Pick<TwinUser, 'guest' | 'stranger' | 'teamId' | 'timeZone'>>): Person;
  /** Another bot; what it says carries its `bot_id`. */
  bot(name: string): Person;
  /** The channel of this name; made on first asking, with everybody in it. */
  channel(name: string, facts?: ChannelFacts): TwinChannel;
  archive(name: string, archived?: boolean): void;
  /** The name of the user with this id. */
  nameOf(userId: string): string;
}

/** A channel's id, by its id or its name. */
export function channelIdIn({ world }: Pick<Desk, 'world'>, nameOrId: string): string {
  if (world.channels.has(nameOrId)) return nameOrId;
  for (const channel of world.channels.values())
    if (channel.kind !== 'im' && channel.name === nameOrId) return channel.id;
  throw new Error(`there is no channel ${nameOrId}`);
}

/** People and channels; no event tells the app of those that are made for a test. */
export function createWorkspace(desk: Desk, deliveries: Deliveries): Workspace {
  const { world, ids } = desk;
  const persons = new Map<string, Person>();

  function person(name: string, facts: Partial<TwinUser>): Person {
    const known = persons.get(name);
    if (known) return known;
    const user: TwinUser = {
      id: ids.next('U'),
      name,
      teamId: world.team.id,
      guest: false,
      stranger: false,
      deleted: false,
      timeZone: 'Europe/Berlin',
      ...facts,
    };
    world.users.set(user.id, user);
    for (const channel of world.channels.values()) if (channel.kind !== 'im') channel.members.add(user.id);
    const made = createPerson(desk, deliveries, user, (channel) => channelIdIn(desk, channel));
    persons.set(name, made);
    return made;
  }

  function channel(name: string, facts: ChannelFacts = {}): TwinChannel {
    for (const one of world.channels.values()) if (one.kind !== 'im' && one.name === name) return one;
    const members = [...world.users.keys()].filter(
      (id) => id !== world.app.user.id || facts.withApp !== false,
    );
    const made: TwinChannel = {
      id: ids.next('C'),
      name,
      kind: facts.several ? 'mpim' : facts.private ? 'group' : 'channel',
      archived: false,
      shared: facts.shared ?? false,
      members: new Set(members),
    };
    world.channels.set(made.id, made);
    return made;
  }

  return {
    teamId: world.team.id,
    appUserId: world.app.user.id,
    user: (name, facts = {}) => person(name, facts),
    bot: (name) => person(name, { botId: ids.next('B') }),
    channel,
    nameOf: (userId) => world.users.get(userId)?.name ?? userId,
    archive: (name, archived = true) => {
      channel(name).archived = archived;
      desk.emit(
        {
          type: archived ? 'channel_archive' : 'channel_unarchive',
          channel: channel(name).id,
          event_ts: ids.ts(),
        },
        'channels:read',
      );
    },
  };
}
