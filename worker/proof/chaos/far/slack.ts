import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, objectAt, objectsAt, textAt } from '#bots/slack/testing/json.ts';
import { manifestScopes } from '#bots/slack/testing/manifest.ts';
import type { Spoken } from '#bots/slack/testing/person.ts';
import { startSlackTwin } from '#bots/slack/testing/slack-twin.ts';
import type { Dice } from '../random.ts';
import type { Message } from '../script.ts';
import { type FarSide, isStranger, kindOf, type SeenPost } from './far-side.ts';

/**
 * Slack's retries come after minutes: its clock is pushed while nothing waits for an acknowledgement. Six minutes go by in
 * 40 s, so that a role that dies again and again misses all four deliveries of some.
 */
const pushMs = 1_800;
const everyMs = 200;
/** What the bots role needs to connect. */
const connectMs = 30_000;

/** The Slack twin: events come up to four times and in any order, and again when they are not acknowledged. */
export async function openSlackSide(dice: Dice, owned: AsyncDisposableStack): Promise<FarSide> {
  const taken = new Map<string, () => void>();
  const twin = await startSlackTwin({
    limits: false,
    scopes: manifestScopes(),
    onAcknowledged: ({ payload }) => taken.get(textAt(objectAt(payload, 'event'), 'ts') ?? '')?.(),
  });
  owned.defer(() => twin.stop());
  const { id: channel } = twin.workspace.channel('ops');
  twin.switches.copies = dice.between(1, 4);
  twin.switches.order = dice.pick(['message_first', 'mention_first']);
  const roots = new Map<string, Spoken>();
  const spoken = new Map<string, Spoken>();
  const personOf = (name: string) => twin.workspace.user(name, { stranger: isStranger(name) });
  const wordsOf = ({ mention = true }: Message, text: string) =>
    mention ? `@deckhand ${text}`.trim() : text;

  const mixes = dice.chance(0.5);
  const pushing = new AbortController();
  owned.defer(() => pushing.abort());
  const push = async (): Promise<void> => {
    while (!pushing.signal.aborted) {
      if (twin.events.underWay === 0) await twin.clock.advance(pushMs);
      if (mixes) twin.events.hold();
      await sleep(everyMs);
      twin.events.release((all) => all.sort(() => dice.next() - 0.5));
    }
  };
  void push();

  const label = (allow: boolean) => (allow ? 'Allow once' : 'Deny');
  return {
    name: 'slack',
    reach: {
      slack: {
        ...{ botToken: twin.botToken, apiUrl: twin.apiUrl, way: { appToken: twin.appToken } },
        ...{ postsPerSecond: 1_000, maxFileBytes: 1_000_000, policy: { guests: false } },
      },
    },
    begin: async () => {
      await twin.look.until('a connection', () => twin.sockets.connections > 0, connectMs);
    },
    say: async (message, onTaken) => {
      const person = personOf(message.author);
      const root = roots.get(message.thread);
      const words = wordsOf(message, message.text);
      const said = root ? person.reply(root, words) : person.say(channel, words);
      if (!root) roots.set(message.thread, said);
      spoken.set(message.eventId, said);
      taken.set(said.ts, onTaken);
      return (root ?? said).ts;
    },
    amend: async (message, text) => {
      const said = spoken.get(message.eventId);
      if (!said) return;
      if (text === null) personOf(message.author).delete(said);
      else personOf(message.author).edit(said, wordsOf(message, text));
    },
    posts: async () =>
      [...roots.values()].flatMap((root) =>
        twin.look.posts(root).map((message, place): SeenPost => {
          const text = twin.look.words({ text: '', blocks: message.blocks });
          const buttons = message.blocks.flatMap((block) => objectsAt(block, 'elements'));
          return {
            ...{ id: message.ts, thread: root.ts, place, text, about: text, kind: kindOf(text) },
            key: keyIn(message.metadata),
            asks: buttons.some((button) => textAt(objectAt(button, 'text'), 'text') === 'Deny'),
          };
        }),
      ),
    press: async ({ id }, by, allow) => {
      const pressed = personOf(by).click({ channel, ts: id }, label(allow));
      await Promise.race([pressed, sleep(3_000)]);
    },
    down: (is) => twin.setDown(is),
    loseNextAnswer: () => twin.switches.spoil('chat.postMessage', 1, 'lost'),
    leavings: () => [
      ...twin.events.attempts.map(({ envelope, answer, at, clockMs, tookMs }) => ({
        ...{ delivery: named(envelope.payload), attempt: envelope.attempt, answer },
        ...{ at: new Date(at), slackTime: new Date(clockMs), tookMs: Math.round(tookMs) },
      })),
      ...twin.events.lost.map((payload) => ({ givenUp: named(payload) })),
      ...twin.look.calls('conversations.history').map(({ args, atMs, outcome }) => ({
        ...{ read: args.channel, oldest: args.oldest, slackTime: new Date(atMs), outcome },
      })),
    ],
  };
}

/** An event's kind and message, for reading along. */
function named(payload: JsonObject): string {
  const event = objectAt(payload, 'event');
  return `${textAt(event, 'type')} ${textAt(event, 'subtype') ?? ''} ${textAt(event, 'ts')}`;
}

function keyIn(metadata: unknown): string | null {
  const { event_payload: payload } = (metadata ?? {}) as { event_payload?: { key?: string } };
  return payload?.key ?? null;
}
