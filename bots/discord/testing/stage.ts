import { tellElsewhere } from '#bots/elsewhere.ts';
import { startScriptedWorker } from '#bots/http/testing/scripted-worker.ts';
import { openInbound } from '#bots/inbound.ts';
import { startNotices } from '#bots/notices.ts';
import { startOutbound } from '#bots/outbound.ts';
import { startReminding } from '#bots/remind.ts';
import { fireNext, testCommandWays } from '#bots/testing/command-ways.ts';
import { openLog } from '#core/log.ts';
import type { ChatStage, Place, SeenPost } from '#core/testing/chat-contract/stage.ts';
import { openTestCore, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { openDiscordDoor } from '../door.ts';
import { flatten } from './check-message.ts';
import { aFile, type DiscordTwin, startDiscordTwin, type TwinOptions } from './discord-twin.ts';
import type { Pending } from './interactions.ts';
import type { Person } from './person.ts';
import type { TwinMessage } from './world.ts';

export interface DiscordStage extends ChatStage {
  twin: DiscordTwin;
  twinPerson(name: string): Person;
  /** A second bots process on the same database. */
  another(): Promise<{ connected(): boolean }>;
  /** The end of the bots role, as it stands when it is told to stop. */
  stopBots(): Promise<void>;
  messageOf(place: Place): TwinMessage;
  /** The next moment of the one schedule there is comes now. */
  fire(): Promise<void>;
}

export interface StageOptions extends TwinOptions {
  worker?: boolean;
  /** Discord's limits as the twin assumes them; otherwise there are none. */
  limits?: boolean;
}

const posting = /^POST \/channels\/\d+\/messages$/;
const limits = { maxQueued: 200, maxMessageBytes: 64 * 1024 };
export const stageFileBytes = 1024 * 1024;

/** The bots role with Discord on a real core, against the twin. */
export async function openDiscordStage(t: Releases, options: StageOptions = {}): Promise<DiscordStage> {
  const releases = lastFirst(t);
  return openDiscordStageOn(releases, await openTestCore(releases), options);
}

/** As `openDiscordStage`, on a core that is there. */
export async function openDiscordStageOn(
  releases: Releases,
  core: TestCore,
  options: StageOptions = {},
): Promise<DiscordStage> {
  const reads = options.messageContent !== false;
  const twin = await startDiscordTwin(options);
  releases.after(() => twin.stop());
  if (!options.limits) {
    twin.buckets.calls = 10_000;
    twin.buckets.perSecond = 10_000;
  }
  twin.channel('ops');
  let bots = await startBots(core, twin);
  releases.after(() => bots.stop());
  await twin.until('the connection', () => twin.gateway.counts.identify > 0);
  if (options.worker !== false) {
    const worker = startScriptedWorker(core);
    releases.after(() => worker.stop());
  }
  // Everybody has a channel of their own beside #ops, so that one channel's wait is seen to delay no other.
  const channelOf = (name: string): string =>
    twin.channel(name === 'ana' ? 'ops' : `ops-${name.replaceAll(' ', '-')}`).id;
  const twinPerson = (name: string): Person => {
    const person = twin.person(name);
    person.user.bot = name.includes('bot');
    return person;
  };
  const messageOf = ({ message }: Place): TwinMessage => {
    for (const channel of twin.world.channels.values()) {
      const found = channel.messages.get(message);
      if (found) return found;
    }
    throw new Error(`no message ${message}`);
  };

  return {
    ...{ core, twin, twinPerson, messageOf },
    another: async () => {
      const other = await startBots(core, twin);
      releases.after(() => other.stop());
      return other;
    },
    stopBots: () => bots.stop(),
    fire: () => bots.fire(),
    person: async (name) => {
      const person = twinPerson(name);
      return {
        mention: async (text) => rooted(person.mention(channelOf(name), text)),
        attach: async (text, { name: fileName, content }) =>
          rooted(person.mention(channelOf(name), text, [aFile(fileName, content)])),
        mentionIn: async (place, text) => within(place, person.mention(await threadOf(twin, place), text)),
        // Where we cannot read, people write with a mention.
        reply: async (place, text) => {
          const thread = await threadOf(twin, place);
          return within(place, reads ? person.say(thread, text) : person.mention(thread, text));
        },
        press: async (_place, post, label) => {
          const message = messageOf({ thread: '', message: post.id });
          return heard(twin, person.press(message, label));
        },
      };
    },
    posts: async (place) => [...twin.posts(place.thread), ...repliesTo(twin, place.thread)].map(seen),
    goAway: async () => {
      await bots.stop();
      return async () => {
        const identified = twin.gateway.counts.identify;
        bots = await startBots(core, twin);
        await twin.until('a new connection', () => twin.gateway.counts.identify > identified);
      };
    },
    edits: {
      edit: async (place, text) => {
        const mention = `<@${twin.botId}>`;
        const words = reads || text.startsWith('@') ? text : `${mention} ${text}`;
        twinPerson('ana').edit(messageOf(place), words.replace('@deckhand', mention));
      },
      remove: async (place) => twinPerson('ana').delete(messageOf(place)),
    },
    talk: {
      say: async (name, text) => {
        const words = text.replace('@deckhand', `<@${twin.botId}>`);
        return rooted(twinPerson(name).say(channelOf('ana'), words));
      },
      tell: async (name, text) => {
        const { id, channelId } = twinPerson(name).tell(text);
        return { thread: channelId, message: id };
      },
      invite: async () => {
        const { systemChannelId } = twin.invite('Quay');
        return { thread: systemChannelId ?? '', message: '' };
      },
      directs: async (name) => directsTo(twin, twinPerson(name).id),
      remind: () => bots.remind(),
      doubled: () => {
        twin.gateway.copies = 2;
      },
    },
    faults: {
      // A file is sent with the post that carries it.
      loseNextAnswer: () => twin.switches.spoil(posting, 1, 'lost'),
      limitNextPosts: (seconds, count = 1) => {
        for (let nth = 1; nth <= count; nth += 1)
          twin.switches.spoil(posting, nth, { retryAfterSec: seconds });
      },
      shut: async ({ thread }) => {
        await threadOf(twin, { thread, message: thread });
        twinPerson('ana').close(thread, { locked: true });
      },
      later: async (ms) => twin.world.clock.advance(ms),
      down: (is) => {
        twin.switches.down = is;
        twin.gateway.down = is;
        if (is) twin.gateway.cut();
      },
    },
  };
}

/** The bots role as `bots/main.ts` composes it, as far as Discord goes. */
async function startBots(core: TestCore, twin: DiscordTwin) {
  const log = openLog('test', 'silent');
  const inbound = openInbound({ ...core, log, limits });
  const door = openDiscordDoor(
    { token: twin.token, apiUrl: twin.apiUrl, maxFileBytes: stageFileBytes, policy: { guests: false } },
    { ...core, log },
  );
  const adapters = { discord: door.adapter };
  const { posts, live, notices } = core;
  const board = startNotices({ adapters, notices, log });
  const elsewhere = { adapters, identities: core.identities, say: board.say };
  const onRefused = tellElsewhere(elsewhere);
  const reminding = startReminding({ ...elsewhere, ...core, log });
  const outbound = await startOutbound({ adapters, posts, live, log, onRefused });
  const role = { adapters, handle: inbound, say: board.say };
  const entrance = door.open({ inbound, say: board.say, commands: testCommandWays(core, role) });
  return {
    connected: entrance.connected,
    fire: () => fireNext(core, role),
    remind: reminding.now,
    stop: async () => {
      reminding.stop();
      await entrance.stop();
      await outbound.stop();
      await board.stop();
    },
  };
}

/** A message in a channel is the root of its own thread. */
const rooted = ({ id }: TwinMessage): Place => ({ thread: id, message: id });
const within = ({ thread }: Place, { id }: TwinMessage): Place => ({ thread, message: id });

/** People can write into a thread once it is there. */
async function threadOf(twin: DiscordTwin, { thread }: Place): Promise<string> {
  return (await twin.until('the thread', () => twin.world.channels.get(thread))).id;
}

/** What the bot wrote to one person alone. */
function directsTo(twin: DiscordTwin, person: string): string[] {
  const dm = [...twin.world.channels.values()].find(
    ({ kind, recipient }) => kind === 'dm' && recipient === person,
  );
  return dm ? twin.posts(dm.id).map(twin.words) : [];
}

/** What we say where no thread was begun: a reply in the channel. */
function repliesTo(twin: DiscordTwin, message: string): TwinMessage[] {
  const all = [...twin.world.channels.values()].flatMap(({ messages }) => [...messages.values()]);
  return all.filter(({ replyTo, authorId }) => replyTo === message && authorId === twin.botId);
}

/** What only this person was told after a press; a press that worked tells nobody anything. */
async function heard(twin: DiscordTwin, pending: Pending): Promise<string | null> {
  const answer = await twin.until('the acknowledgement', () => pending.answer);
  const text = flatten((answer.data.components ?? []) as Record<string, unknown>[])
    .map(({ content }) => content)
    .filter((one) => typeof one === 'string');
  return answer.type === 4 ? [answer.data.content, ...text].filter(Boolean).join('\n') : null;
}

/** What Discord's client draws: text, components, and the text of attached text files. */
function seen(message: TwinMessage): SeenPost {
  const files = message.files
    .filter(({ name }) => /\.(md|txt)$/.test(name))
    .map(({ bytes }) => bytes.toString());
  const components = flatten(message.components);
  const buttons = components.filter(({ type }) => type === 2);
  const texts = components.map(({ content }) => content).filter((one) => typeof one === 'string');
  return {
    id: message.id,
    text: [...files, message.content, ...texts]
      .join('\n')
      .replace(/\\([\\`*_~|>#[\]()<-])/g, '$1')
      .trim(),
    buttons: buttons.map(({ label }) => String(label)),
    files: message.files.map(({ name }) => name),
  };
}
