import type { GatewayGuildCreateDispatchData } from 'discord.js';
import type { SayNotice } from '#bots/notices.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';
import { discordThread } from './types.ts';

/** First meeting: three lines in the channel that the guild has chosen for such; nothing where there is none. */
export async function welcomeGuild(guild: GatewayGuildCreateDispatchData, say: SayNotice): Promise<void> {
  const channel = guild.system_channel_id;
  if (!channel) return;
  const thread = discordThread(guild.id, channel, channel);
  await say({ key: `discord/${guild.id}/welcome/${guild.joined_at}`, thread, text: welcomeText });
}
