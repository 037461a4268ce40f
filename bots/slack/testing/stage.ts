import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { tellElsewhere } from '#bots/elsewhere.ts';
import { startScriptedWorker } from '#bots/http/testing/scripted-worker.ts';
import { openInbound } from '#bots/inbound.ts';
import { startNotices } from '#bots/notices.ts';
import { startOutbound } from '#bots/outbound.ts';
import { startReminding } from '#bots/remind.ts';
import { startStreams } from '#bots/streams.ts';
import { fireNext, testCommandWays } from '#bots/testing/command-ways.ts';
import { openLog } from '#core/log.ts';
import type { ChatStage, Place, SeenPost } from '#core/testing/chat-contract/stage.ts';
import { openTestCore, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openSlackDoor } from '../door.ts';
import { assertCommitted } from './committed.ts';
import { objectAt, objectsAt, textAt } from './json.ts';
import { manifestScopes } from './manifest.ts';
import type { Person } from './person.ts';
import { type SlackTwin, startSlackTwin, type TwinOptions } from './slack-twin.ts';
import type { TwinMessage } from './world.ts';

export type SlackMode = 'socket' | 'http';

export interface SlackStage extends ChatStage {
  twin: SlackTwin;
  /** A person of the twin, for what only Slack has. */
  twinPerson(name: string): Person;
  /** A worker that begins now; gives its stop. */
  startWorker(): () => Promise<void>;
  stopBots(): Promise<void>;
  /** A second process beside the first. */
  another(t: Releases): Promise<void>;
  startBots(): Promise<void>;
  /** Where Slack calls us over HTTP. */
  url: string | null;
  /** The next moment of the one schedule there is comes now. */
  fire(): Promise<void>;
  placeOf(spoken: { channel: string; ts: string; threadTs?: string }): Place;
}

const limits = { maxQueued: 200, maxMessageBytes: 64 * 1024 };

export interface StageOptions extends TwinOptions {
  worker?: boolean;
  postsPerSecond?: number;
  /** Answers are streamed from this on. */
  streamAfterMs?: number;
}

/** The bots role with Slack on a real core, against the twin: at each acknowledgement the twin checks what is committed. */
export async function openSlackStage(
  t: Releases,
  mode: SlackMode,
  options: StageOptions = {},
): Promise<SlackStage> {
  const releases = lastFirst(t);
  return openSlackStageOn(releases, await openTestCore(releases), mode, options);
}

/** As `openSlackStage`, on a core that is there. */
export async function openSlackStageOn(
  releases: Releases,
  core: TestCore,
  mode: SlackMode,
  options: StageOptions = {},
): Promise<SlackStage> {
  // Without Slack's limits there is nothing to be patient for.
  const postsPerSecond = options.postsPerSecond ?? (options.limits ? 1 : 1000);
  const twin = await startSlackTwin({
    limits: false,
    scopes: manifestScopes(),
    onAcknowledged: (envelope) => assertCommitted(core, twin.workspace.appUserId, envelope),
    ...options,
  });
  releases.after(() => twin.stop());
  twin.workspace.channel('ops');
  let bots = await startBots(core, twin, mode, { ...options, postsPerSecond });
  releases.after(() => bots.stop());
  if (options.worker !== false) {
    const worker = startScriptedWorker(core);
    releases.after(() => worker.stop());
  }
  // Everybody has a channel of their own beside #ops, so that one channel's wait is seen to delay no other.
  const channelOf = (name: string): string => (name === 'ana' ? 'ops' : `ops-${name.replaceAll(' ', '-')}`);
  const twinPerson = (name: string): Person => {
    const person = name.includes('bot') ? twin.workspace.bot(name) : twin.workspace.user(name);
    twin.workspace.channel(channelOf(name));
    return person;
  };

  const startAgain = async (): Promise<void> => {
    bots = await startBots(core, twin, mode, { ...options, postsPerSecond });
  };

  return {
    core,
    twin,
    twinPerson,
    placeOf,
    person: async (name) => {
      const person = twinPerson(name);
      return {
        mention: async (text) => placeOf(person.mention(channelOf(name), text)),
        attach: async (text, { name: fileName, content }) => {
          const file = { name: fileName, bytes: Buffer.from(content), text: `@deckhand ${text}` };
          return placeOf(person.upload(channelOf(name), file));
        },
        mentionIn: async (place, text) => placeOf(person.reply(rootOf(place), `@deckhand ${text}`)),
        reply: async (place, text) => placeOf(person.reply(rootOf(place), text)),
        press: async (place, post, label) => {
          const before = twin.look.ephemerals(person.id).length;
          const { channel } = rootOf(place);
          const answer = await person.click({ channel, ts: post.id }, label);
          assert.ok(answer.acknowledged, `Slack got no acknowledgement of the press of ${label}`);
          return heard(twin, person, before);
        },
      };
    },
    posts: async (place) => {
      const { channel, ts } = rootOf(place);
      return twin.look.posts(ts === '' ? channel : { channel, ts }).map((message) => seen(twin, message));
    },
    goAway: async () => {
      // Who has never been here answers nothing old.
      await until(() => core.presence.seen('slack', twin.workspace.teamId), 'the mark of a first start');
      await bots.stop();
      return startAgain;
    },
    startWorker: () => startScriptedWorker(core).stop,
    stopBots: () => bots.stop(),
    another: async (t) => {
      const other = await startBots(core, twin, mode, { ...options, postsPerSecond });
      t.after(() => other.stop());
    },
    startBots: startAgain,
    url: bots.url,
    fire: () => bots.fire(),
    edits: {
      edit: async (place, text) => twinPerson('ana').edit(messageOf(place), text),
      remove: async (place) => twinPerson('ana').delete(messageOf(place)),
    },
    talk: {
      say: async (name, text) => placeOf(twinPerson(name).say('ops', text)),
      tell: async (name, text) => placeOf(twinPerson(name).tell(text)),
      invite: async () => {
        const { id } = twin.workspace.channel('late', { withApp: false });
        twinPerson('ana').invite('late');
        return placeOf({ channel: id, ts: '' });
      },
      directs: async (name) => twin.look.directPosts(twinPerson(name).id).map(twin.look.words),
      remind: () => bots.remind(),
      doubled: () => {
        twin.switches.copies = 2;
        twin.switches.order = 'mention_first';
      },
    },
    faults: {
      loseNextAnswer: (what = 'post') =>
        twin.switches.spoil(what === 'file' ? 'files.completeUploadExternal' : 'chat.postMessage', 1, 'lost'),
      limitNextPosts: (seconds, count = 1) => {
        for (let nth = 1; nth <= count; nth += 1)
          twin.switches.spoil('chat.postMessage', nth, { retryAfterSec: seconds });
      },
      down: (is) => twin.setDown(is),
      shut: async (place) => {
        assert.match(place.thread, RegExp(`^${twin.workspace.channel('ops').id}/`));
        twin.workspace.archive('ops');
      },
      later: async (ms) => {
        // Our own memory of when we were last here grows as old.
        await core.database.pool.query(
          `UPDATE presence SET seen_at = seen_at - $1 * interval '1 millisecond'`,
          [ms],
        );
        await twin.clock.advance(ms);
        await twin.events.settled();
      },
    },
  };
}

/** The bots role as `bots/main.ts` composes it, as far as Slack goes. */
async function startBots(core: TestCore, twin: SlackTwin, mode: SlackMode, options: StageOptions) {
  const log = openLog('test', 'silent');
  const inbound = openInbound({ ...core, log, limits });
  const door = openSlackDoor(
    {
      botToken: twin.botToken,
      apiUrl: twin.apiUrl,
      postsPerSecond: options.postsPerSecond,
      streamAfterMs: options.streamAfterMs,
      way: mode === 'socket' ? { appToken: twin.appToken } : { signingSecret: twin.signingSecret },
      maxFileBytes: 1024 * 1024,
      policy: { guests: false },
    },
    { ...core, log },
  );
  const adapters = { slack: door.adapter };
  const { posts, live, notices } = core;
  const board = startNotices({ adapters, notices, log });
  const elsewhere = { adapters, identities: core.identities, say: board.say };
  const onRefused = tellElsewhere(elsewhere);
  const streams = await startStreams({ ...core, adapters, log });
  const outbound = await startOutbound({ adapters, posts, live, log, streams, onRefused });
  const reminding = startReminding({ ...elsewhere, ...core, log });
  const role = { adapters, handle: inbound, say: board.say };
  const entrance = door.open({ inbound, say: board.say, commands: testCommandWays(core, role) });
  const http = entrance.handle ? await serve(twin, entrance.handle) : null;
  if (mode === 'socket') await twin.look.until('a connection', () => twin.sockets.connections > 0);
  return {
    url: http?.url ?? null,
    remind: reminding.now,
    fire: () => fireNext(core, role),
    stop: async () => {
      await http?.close();
      await entrance.stop();
      await outbound.stop();
      await streams.stop();
      reminding.stop();
      await board.stop();
    },
  };
}

async function serve(twin: SlackTwin, handle: (request: Request) => Promise<Response>) {
  const server = createServer(getRequestListener(handle));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/slack/events`;
  await twin.useHttp(url);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url, close };
}

/** What only this person was told after a press; a press that worked tells nobody anything. */
async function heard(twin: SlackTwin, person: Person, before: number): Promise<string | null> {
  const told = () => twin.look.ephemerals(person.id)[before];
  const words = await twin.look.until('words to one person', told, 300).catch(() => undefined);
  return words ? twin.look.words(words) : null;
}

function placeOf({ channel, ts, threadTs }: { channel: string; ts: string; threadTs?: string }): Place {
  return { thread: `${channel}/${threadTs ?? ts}`, message: `${channel}/${ts}` };
}

function rootOf({ thread }: Place): { channel: string; ts: string } {
  const [channel = '', ts = ''] = thread.split('/');
  return { channel, ts };
}

function messageOf({ message }: Place): { channel: string; ts: string } {
  return rootOf({ thread: message, message });
}

/** What Slack's client draws: the blocks; `text` is for notifications. */
function seen(twin: SlackTwin, message: TwinMessage): SeenPost {
  // A stream's words stand above the blocks that end it.
  const drawn = message.blocks.length === 0 || message.stream ? message.text : '';
  const text = twin.look.words({ text: drawn, blocks: message.blocks });
  const buttons = message.blocks
    .flatMap((block) => objectsAt(block, 'elements'))
    .filter(({ type }) => type === 'button')
    .map((button) => textAt(objectAt(button, 'text'), 'text') ?? '');
  const files = message.files.map((id) => twin.look.fileName(id));
  return { id: message.ts, text: text.trim(), buttons, files };
}
