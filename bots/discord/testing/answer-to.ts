import assert from 'node:assert/strict';
import { ephemeral, flatten } from './check-message.ts';
import type { DiscordTwin } from './discord-twin.ts';
import type { Pending } from './interactions.ts';
import type { Json, TwinMessage } from './world.ts';

/** The type of an answer that claims nothing yet (interactions/receiving-and-responding#interaction-callback-type). */
const thinking = [5, 6];
const newMessage = 4;

/** What came of an interaction for the one person: at once, or after "thinking" where the machine is slow. */
async function dataOf(twin: DiscordTwin, pending: Pending): Promise<Json> {
  const { type, data } = await twin.until('the acknowledgement', () => pending.answer);
  if (type === newMessage) assert.ok(Number(data.flags) & ephemeral, 'only for the one who asked');
  if (!thinking.includes(type)) return data;
  return twin.until('what follows', () => pending.followed);
}

/** Its words. */
export async function told(twin: DiscordTwin, pending: Pending): Promise<string> {
  return flatten(((await dataOf(twin, pending)).components ?? []) as Json[])
    .map(({ content }) => String(content ?? ''))
    .join('\n');
}

/** It as the message that this person sees, whose buttons can be pressed. */
export async function shownTo(twin: DiscordTwin, pending: Pending): Promise<TwinMessage> {
  const { flags, components } = await dataOf(twin, pending);
  const { world, botId } = twin;
  return {
    ...{ id: world.snowflake(), channelId: pending.channelId, authorId: botId, type: 0, content: '' },
    ...{ mentions: [], mentionEveryone: false, files: [], embeds: [], flags: Number(flags) },
    ...{ createdMs: world.clock.now(), editedMs: null, oldEdits: 0, reactions: new Set() },
    components: components as Json[],
  };
}
