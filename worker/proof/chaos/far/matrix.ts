import { openFaultyLine } from '#bots/matrix/testing/faulty-line.ts';
import type { Person } from '#bots/matrix/testing/person.ts';
import { threadOf } from '#bots/matrix/testing/stage.ts';
import type { Synapse } from '#bots/matrix/testing/synapse.ts';
import { cardField, editField, keyField, type MatrixEvent } from '#bots/matrix/types.ts';
import { until } from '#core/testing/until.ts';
import type { Dice } from '../random.ts';
import { type FarSide, isStranger, kindOf, type SeenPost } from './far-side.ts';

/** What was read so long ago will do: the homeserver serves all runs. */
const freshMs = 700;

/** A room of the run's own on a real Synapse; the bot reaches it over a line that can fail and tells things twice. */
export async function openMatrixSide(
  synapse: Synapse,
  dice: Dice,
  people: readonly string[],
  owned: AsyncDisposableStack,
): Promise<FarSide> {
  const line = await openFaultyLine({ after: (release) => void owned.defer(release) }, synapse.url);
  const bot = await synapse.account('deckhand');
  const persons = new Map<string, Person>();
  for (const name of people) persons.set(name, await synapse.person(name));
  const host = await synapse.person('host');
  const members = [...persons].filter(([name]) => !isStranger(name)).map(([, { userId }]) => userId);
  const allow = [host.userId, ...members];
  const roots = new Map<string, string>();
  const spoken = new Map<string, string>();
  let room = '';
  if (dice.chance(0.5)) line.doubled();

  let lately: { atMs: number; events: Promise<MatrixEvent[]> } | null = null;
  function timeline(): Promise<MatrixEvent[]> {
    if (!lately || performance.now() - lately.atMs > freshMs)
      lately = { atMs: performance.now(), events: host.timeline(room) };
    return lately.events;
  }

  async function posts(): Promise<SeenPost[]> {
    const events = (await timeline()).filter(
      ({ type, sender }) => type === 'm.room.message' && sender === bot.userId,
    );
    const own = events.filter(({ content }) => content[editField] === undefined);
    return own.flatMap((event, place) => {
      const thread = threadOf(event);
      if (!thread) return [];
      const text = lastText(event, events);
      return {
        ...{ id: event.event_id, thread, place, text, about: text, kind: kindOf(text) },
        key: String(event.content[keyField] ?? '') || null,
        asks: event.content[cardField] !== undefined && text.includes('React with'),
      };
    });
  }

  return {
    name: 'matrix',
    reach: {
      matrix: {
        ...{ url: line.url, userId: bot.userId, proof: { accessToken: bot.token } },
        ...{ allow, maxFileBytes: 1_000_000, encryptionKey: null },
      },
    },
    begin: async () => {
      const others = [...persons.values()].map(({ userId }) => userId);
      room = await host.createRoom({ invite: [bot.userId, ...others] });
      for (const person of persons.values()) await person.join(room);
      // A greeting that died with its process is said again after half a minute; so may the next.
      await until(
        async () => {
          const said = await host.saidBy(room, bot.userId);
          return said.length > 0 ? said : null;
        },
        'the bot to come into the room',
        120_000,
      );
    },
    say: async ({ eventId, thread, author, text, mention = true }, taken) => {
      const root = roots.get(thread);
      const more = { mentions: mention ? [bot.userId] : [], ...(root ? { thread: root } : {}) };
      const said = (await persons.get(author)?.say(room, text, more)) ?? '';
      // Two may have begun it at once: each stands in a thread of its own then.
      if (!root) roots.set(thread, said);
      spoken.set(eventId, said);
      taken();
      return root ?? said;
    },
    amend: async ({ eventId, author }, text) => {
      const said = spoken.get(eventId);
      if (!said) return;
      if (text === null) await persons.get(author)?.redact(room, said);
      else await persons.get(author)?.edit(room, said, text, [bot.userId]);
    },
    posts,
    press: async ({ id }, by, allow) => {
      // The homeserver refuses a second reaction of the kind.
      await persons
        .get(by)
        ?.react(room, id, allow ? '✅ Allow once' : '❌ Deny')
        .catch(() => {});
    },
    down: (is) => line.down(is),
    loseNextAnswer: () => line.loseNextAnswer(),
  };
}

function lastText(event: MatrixEvent, all: readonly MatrixEvent[]): string {
  const last = all.findLast(({ content }) => {
    const relation = content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined;
    return relation?.rel_type === 'm.replace' && relation.event_id === event.event_id;
  });
  const content = (last?.content['m.new_content'] ?? event.content) as { body?: string };
  return content.body ?? '';
}
