import { untilChange } from '#core/testing/until-change.ts';
import { type Buckets, createBuckets } from './buckets.ts';
import { flatten, type Upload } from './check-message.ts';
import { createGateway, type Gateway, guildOnWire } from './gateway.ts';
import { createInteractions, type Interactions } from './interactions.ts';
import { createPerson, type Person } from './person.ts';
import { channelRoutes } from './routes/channels.ts';
import { interactionRoutes } from './routes/interactions.ts';
import { messageRoutes } from './routes/messages.ts';
import { listen } from './server.ts';
import { createSwitches, type Switches } from './switches.ts';
import {
  addChannel,
  addUser,
  createWorld,
  type TwinChannel,
  type TwinGuild,
  type TwinMessage,
  type World,
} from './world.ts';

/** Discord's far side on a loopback port: REST and gateway, as strict as its documentation (numbers.ts, refusals.ts). */
export interface DiscordTwin {
  /** For `DISCORD_API_URL`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly botId: string;
  readonly world: World;
  readonly guild: TwinGuild;
  readonly gateway: Gateway;
  readonly buckets: Buckets;
  readonly switches: Switches;
  readonly interactions: Interactions;
  /** `METHOD /path` of every call, in order. */
  readonly calls: string[];
  person(name: string): Person;
  /** A text channel of the guild. */
  channel(name: string): TwinChannel;
  /** Another guild that the bot is invited to now. */
  invite(name: string): TwinGuild;
  /** What the bot posted in a channel or thread, oldest first. */
  posts(channelId: string): TwinMessage[];
  /** All the words of a message: its content, and those in its components. */
  words(message: TwinMessage): string;
  /** Resolves with the first truthy answer, looking again at each change; fails after a while of real time. */
  until<T>(what: string, answer: () => T | undefined | false | null, withinMs?: number): Promise<T>;
  stop(): Promise<void>;
}

export interface TwinOptions {
  /** Is the message content intent switched on in the app's settings? */
  messageContent?: boolean;
  /** How many shards Discord recommends; left out: one. */
  shards?: number;
}

export async function startDiscordTwin({
  messageContent = true,
  shards = 1,
}: TwinOptions = {}): Promise<DiscordTwin> {
  const world = createWorld(messageContent);
  world.shards = shards;
  const buckets = createBuckets(world);
  const switches = createSwitches();
  const interactions = createInteractions(world);
  const faults: unknown[] = [];
  const calls: string[] = [];
  let origin = '';
  const gateway = createGateway(world, () => origin);
  const routes = [...messageRoutes, ...channelRoutes, ...interactionRoutes(interactions)];
  const listening = await listen({ world, routes, buckets, switches, calls }, faults);
  origin = listening.origin;
  listening.server.on('upgrade', gateway.upgrade);

  function makeGuild(name: string): TwinGuild {
    const joinedAt = new Date(world.clock.now()).toISOString();
    const guild: TwinGuild = { id: world.snowflake(), name, joinedAt, ownRole: world.snowflake() };
    world.guilds.set(guild.id, guild);
    return guild;
  }
  const guild = makeGuild('Harbour');
  const people = new Map<string, Person>();

  return {
    ...{ world, guild, gateway, buckets, switches, interactions, calls },
    apiUrl: `${origin}/api`,
    token: world.app.token,
    botId: world.app.user.id,
    person: (name) => {
      const person =
        people.get(name) ?? createPerson(world, () => origin, interactions, addUser(world, name));
      people.set(name, person);
      return person;
    },
    channel: (name) => {
      const all = [...world.channels.values()];
      return (
        all.find((one) => one.name === name && one.guildId === guild.id) ??
        addChannel(world, { kind: 'text', name, guildId: guild.id })
      );
    },
    invite: (name) => {
      const made = makeGuild(name);
      made.systemChannelId = addChannel(world, { kind: 'text', name: 'general', guildId: made.id }).id;
      world.dispatch('GUILD_CREATE', guildOnWire(world, made.id), {});
      return made;
    },
    posts: (channelId) =>
      [...(world.channels.get(channelId)?.messages.values() ?? [])].filter(
        ({ authorId }) => authorId === world.app.user.id,
      ),
    words: (message) =>
      [
        message.content,
        ...flatten(message.components).flatMap(({ content, label }) =>
          [content, label].filter((one) => typeof one === 'string'),
        ),
      ].join('\n'),
    until: (what, answer, withinMs = 15_000) => untilChange(world.bell, what, answer, withinMs),
    stop: async () => {
      gateway.close();
      listening.server.closeAllConnections();
      await new Promise((done) => listening.server.close(done));
      if (faults.length > 0)
        throw new AggregateError(faults, `the Discord twin saw faults: ${faults.join('; ')}`);
    },
  };
}

/** A file as a person sends it. */
export function aFile(name: string, content: string | Buffer, type = 'text/plain'): Upload {
  return { name, type, bytes: Buffer.from(content) };
}
