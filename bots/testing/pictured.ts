import { shownThread as shownOnDiscord } from '#bots/discord/testing/shown.ts';
import { openDiscordStage } from '#bots/discord/testing/stage.ts';
import { openContractStage } from '#bots/matrix/testing/contract-stage.ts';
import { shownThread as shownOnMatrix } from '#bots/matrix/testing/shown.ts';
import { startSynapse } from '#bots/matrix/testing/synapse.ts';
import { shownThread as shownOnSlack } from '#bots/slack/testing/shown.ts';
import { openSlackStage } from '#bots/slack/testing/stage.ts';
import { settled } from '#core/testing/chat-contract/watch.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { tellStory } from './story.ts';
import type { ShownThread } from './thread-page.ts';

/** Tells the story on a platform's far side, and gives the thread as it stands there. */
export type Pictured = (t: Releases) => Promise<ShownThread>;

export const platforms = {
  slack: async (t) => {
    const stage = await openSlackStage(t, 'socket');
    const [channel = '', ts = ''] = (await tellStory(stage)).thread.split('/');
    await settled(stage);
    return shownOnSlack(stage.twin, { channel, ts });
  },
  discord: async (t) => {
    const stage = await openDiscordStage(t);
    const { thread } = await tellStory(stage);
    await settled(stage);
    return shownOnDiscord(stage.twin, thread);
  },
  matrix: async (t) => {
    const synapse = await startSynapse(t);
    const stage = await openContractStage(t, synapse);
    const { thread } = await tellStory(stage);
    await settled(stage);
    const [room = '', root = ''] = thread.split('/');
    const { events, bot, nameOf } = await stage.look(room);
    return shownOnMatrix(events, root, bot, nameOf);
  },
} as const satisfies Record<string, Pictured>;
