import { setTimeout as sleep } from 'node:timers/promises';
import { cardField, type MatrixEvent } from '#bots/matrix/types.ts';
import type {
  ChatPerson,
  ChatStage,
  OpenChatStage,
  Place,
  SeenPost,
} from '#core/testing/chat-contract/stage.ts';
import type { TestCore } from '#core/testing/core.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openAlone } from './alone.ts';
import { openFaultyLine } from './faulty-line.ts';
import type { Person } from './person.ts';
import { maxMessageBytes, type Role } from './role.ts';
import { openRooms } from './rooms.ts';
import { bodyOf, openMatrixStage, threadOf } from './stage.ts';
import type { Synapse } from './synapse.ts';

/** A room with several people on a real Synapse, as the contract of chat adapters wants it. */
export function contractStage(synapse: Synapse): OpenChatStage {
  return (t) => openContractStage(t, synapse);
}

export interface MatrixChatStage extends ChatStage {
  /** A room as the homeserver holds it. */
  look(room: string): Promise<{ events: MatrixEvent[]; bot: string; nameOf(userId: string): string }>;
}

export async function openContractStage(t: Releases, synapse: Synapse): Promise<MatrixChatStage> {
  const line = await openFaultyLine(t, synapse.url);
  const stage = await openMatrixStage(t, { ...synapse, url: line.url });
  let role: Role = await stage.start();
  const { core, bot } = stage;
  const { host, known, homeOf, authorOf } = await openRooms(stage, synapse);
  const mentions = [bot.userId];

  const alone = openAlone(stage, known);

  async function posts(place: Place): Promise<SeenPost[]> {
    const [room, root] = partsOf(place.thread);
    const thread = root || null;
    const events = await timeline(room);
    return events
      .filter(({ type, sender }) => type === 'm.room.message' && sender === bot.userId)
      .filter((event) => threadOf(event) === thread)
      .map((event) => seen(event, events, bot.userId));
  }

  /** Looks at a room that are yet to come: five a second are enough, and none shows less than was true when asked. */
  const coming = new Map<string, Promise<MatrixEvent[]>>();
  const lookedMs = new Map<string, number>();
  function timeline(room: string): Promise<MatrixEvent[]> {
    const look = async () => {
      await sleep(Math.max((lookedMs.get(room) ?? 0) + 200 - Date.now(), 0));
      coming.delete(room);
      lookedMs.set(room, Date.now());
      return (alone.readerOf(room) ?? host).timeline(room);
    };
    const next = coming.get(room) ?? look();
    coming.set(room, next);
    return next;
  }

  async function press(person: Person, place: Place, post: SeenPost, label: string): Promise<string | null> {
    const [room, thread] = partsOf(place.thread);
    if (label === 'Stop') {
      await person.say(room, 'stop', { thread });
      return null;
    }
    const card = (await host.timeline(room)).find(({ event_id: id }) => id === post.id);
    const { id: approvalId } = (card?.content[cardField] ?? { id: '' }) as { id: string };
    await person.react(room, post.id, label === 'Deny' ? '❌ Deny' : '✅ Allow once');
    return told(core, approvalId, person, async () => {
      const approval = await core.approvals.byId(approvalId);
      return approval?.decidedBy?.name === person.account.name;
    });
  }

  return {
    core,
    // An event has 65,536 bytes at most: what can be sent at all is only a little too long.
    tooLong: maxMessageBytes + 100,
    posts,
    look: async (room) => ({
      events: await host.timeline(room),
      bot: bot.userId,
      nameOf: await host.namesIn(room),
    }),
    person: async (name) => {
      const person = await known(name);
      const chat: ChatPerson = {
        mention: async (text) => {
          const room = homeOf(name);
          return placeIn(room, null, await person.say(room, text, { mentions }));
        },
        attach: async (text, { name: fileName, content }) => {
          const room = homeOf(name);
          const url = await person.upload(fileName, Buffer.from(content));
          const file = {
            msgtype: 'm.file',
            body: text,
            filename: fileName,
            url,
            info: { mimetype: 'text/csv' },
          };
          const event = { ...file, 'm.mentions': { user_ids: mentions } };
          return placeIn(room, null, await person.send(room, 'm.room.message', event));
        },
        mentionIn: async (place, text) => {
          const [room, thread] = partsOf(place.thread);
          return placeIn(room, thread, await person.say(room, text, { mentions, thread }));
        },
        reply: async (place, text) => {
          const [room, thread] = partsOf(place.thread);
          return placeIn(room, thread, await person.say(room, text, { thread }));
        },
        press: (place, post, label) => press(person, place, post, label),
      };
      return chat;
    },
    goAway: async () => {
      await role.stop();
      return async () => {
        role = await stage.start();
      };
    },
    edits: {
      edit: async (place, text) => {
        const [room, message] = partsOf(place.message);
        const author = await authorOf(room, message);
        const called = text.startsWith('@deckhand ');
        await author.edit(room, message, text.replace('@deckhand ', ''), called ? mentions : []);
      },
      remove: async (place) => {
        const [room, message] = partsOf(place.message);
        await (await authorOf(room, message)).redact(room, message);
      },
    },
    talk: {
      say: async (name, text) => {
        const person = await known(name);
        const event = { msgtype: name === 'a bot' ? 'm.notice' : 'm.text', body: text, 'm.mentions': {} };
        const room = homeOf(name);
        return placeIn(room, null, await person.send(room, 'm.room.message', event));
      },
      tell: async (name, text) => {
        const { room, message } = await alone.tell(name, text);
        return placeIn(room, null, message);
      },
      invite: async () => {
        const room = await host.createRoom({ invite: [bot.userId] });
        return placeIn(room, '', '');
      },
      directs: alone.directs,
      remind: () => role.remind(),
      doubled: () => line.doubled(),
    },
    faults: {
      loseNextAnswer: line.loseNextAnswer,
      limitNextPosts: line.limitNextPosts,
      down: line.down,
      shut: async (place) => {
        const [room] = partsOf(place.thread);
        await host.call('POST', `/rooms/${encodeURIComponent(room)}/kick`, { user_id: bot.userId });
      },
      // Synapse tries nothing again and forgets nothing within a test; its clock is the machine's.
      later: async () => {},
    },
  };
}

/** What a press came to: it changed something, or its person was told why not. */
async function told(
  core: TestCore,
  occasion: string,
  person: Person,
  changed: () => Promise<boolean>,
): Promise<string | null> {
  return until(async () => {
    const { rows } = await core.database.pool.query<{ text: string }>(
      'SELECT text FROM notice WHERE key LIKE $1 AND key LIKE $2',
      [`%${occasion}%`, `%${person.userId}%`],
    );
    if (rows[0]) return { words: rows[0].text };
    return (await changed()) ? { words: null } : null;
  }, 'what came of a press').then(({ words }) => words);
}

/** Both in one word: a place is a room and an event. */
function placeIn(room: string, root: string | null, message: string): Place {
  return { thread: `${room}/${root ?? message}`, message: `${room}/${message}` };
}

function partsOf(place: string): [string, string] {
  const [room = '', event = ''] = place.split('/');
  return [room, event];
}

/** A post as it stands after its last edit, with what a person can do with it. */
function seen(event: MatrixEvent, events: MatrixEvent[], bot: string): SeenPost {
  const about = (one: MatrixEvent, kind: string) => {
    const relation = one.content['m.relates_to'] as
      | { rel_type?: string; event_id?: string; key?: string }
      | undefined;
    return relation?.rel_type === kind && relation.event_id === event.event_id ? relation : null;
  };
  const last = events.findLast((one) => one.sender === bot && about(one, 'm.replace'));
  const content = (last?.content['m.new_content'] ?? event.content) as { body: string };
  const offered = events.flatMap((one) =>
    one.sender === bot ? (about(one, 'm.annotation')?.key ?? []) : [],
  );
  const open = content.body.includes('React with');
  return {
    id: event.event_id,
    text: last ? content.body : bodyOf(event),
    files: 'filename' in event.content ? [String(event.content.filename)] : [],
    buttons: [
      ...(open ? offered.map((key) => key.replace(/^\S+ /, '')) : []),
      ...(content.body.includes('Reply "stop"') ? ['Stop'] : []),
    ],
  };
}
