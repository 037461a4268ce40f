import { flatten } from '#bots/discord/testing/check-message.ts';
import { startDiscordTwin } from '#bots/discord/testing/discord-twin.ts';
import type { TwinMessage } from '#bots/discord/testing/world.ts';
import type { Dice } from '../random.ts';
import type { Message } from '../script.ts';
import { type FarSide, kindOf, type SeenPost } from './far-side.ts';

const plenty = 10_000;
const connectMs = 30_000;

/** The Discord twin: its gateway sends everything up to four times, and nobody tells it "got it". */
export async function openDiscordSide(dice: Dice, owned: AsyncDisposableStack): Promise<FarSide> {
  const twin = await startDiscordTwin();
  owned.defer(() => twin.stop());
  twin.buckets.calls = plenty;
  twin.buckets.perSecond = plenty;
  twin.gateway.copies = dice.between(1, 4);
  const { id: channel } = twin.channel('ops');
  const roots = new Map<string, string>();
  const asked: string[] = [];
  const spoken = new Map<string, TwinMessage>();
  const wordsOf = ({ mention = true }: Message, text: string) =>
    mention ? `<@${twin.botId}> ${text}`.trim() : text;

  const postsAt = (thread: string): TwinMessage[] => {
    const inChannel = twin.posts(channel).filter(({ replyTo }) => replyTo === thread);
    return [...twin.posts(thread), ...inChannel];
  };
  const messages = () => asked.flatMap(postsAt);

  return {
    name: 'discord',
    reach: {
      discord: {
        ...{ token: twin.token, apiUrl: twin.apiUrl },
        ...{ maxFileBytes: 1_000_000, policy: { guests: false } },
      },
    },
    begin: async () => {
      await twin.until('a connection', () => twin.gateway.counts.connected > 0, connectMs);
    },
    say: async (message, taken) => {
      const { thread, author, text } = message;
      const root = roots.get(thread);
      // Where no thread has been begun yet, people ask in the channel once more.
      const within = root && twin.world.channels.has(root) ? root : null;
      const said = twin.person(author).say(within ?? channel, wordsOf(message, text));
      if (!within) {
        roots.set(thread, said.id);
        asked.push(said.id);
      }
      spoken.set(message.eventId, said);
      taken();
      return within ?? said.id;
    },
    amend: async (message, text) => {
      const said = spoken.get(message.eventId);
      if (!said) return;
      if (text === null) twin.person(message.author).delete(said);
      else twin.person(message.author).edit(said, wordsOf(message, text));
    },
    posts: async () =>
      asked.flatMap((thread) =>
        postsAt(thread).map((message, place): SeenPost => {
          const text = twin.words(message).replace(/\\([\\`*_~|>#[\]()<-])/g, '$1');
          return {
            ...{ id: message.id, thread, place, text, about: text, kind: kindOf(text) },
            key: keyIn(message),
            asks: flatten(message.components).some((one) => one.label === 'Deny'),
          };
        }),
      ),
    press: async ({ id }, by, allow) => {
      const card = messages().find((message) => message.id === id);
      if (card && twin.gateway.counts.connected > 0)
        twin.person(by).press(card, allow ? 'Allow once' : 'Deny');
    },
    down: (is) => {
      twin.switches.down = is;
      twin.gateway.down = is;
      if (is) twin.gateway.cut({ resumable: dice.chance(0.5) });
    },
    loseNextAnswer: () => twin.switches.spoil(/^POST \/channels\/\d+\/messages$/, 1, 'lost'),
  };
}

/** `…|key` ends the `custom_id` of each of a post's buttons. */
function keyIn({ components }: TwinMessage): string | null {
  const [id] = flatten(components).flatMap(({ custom_id: id }) => (typeof id === 'string' ? [id] : []));
  return id?.split('|').at(-1) ?? null;
}
