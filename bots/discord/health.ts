import { type RESTGetAPICurrentUserGuildsResult, Routes } from 'discord.js';
import type { HealthCheck } from '#bots/http/deps.ts';
import { messageOf } from '#core/errors.ts';
import { createCalls, type DiscordAccess } from './calls.ts';
import { inviteLink } from './invite.ts';
import { whoAmI } from './self.ts';

/** How a process stands to Discord: `elsewhere` where another one holds the connection. */
type DiscordState = 'asking' | 'elsewhere' | 'connecting' | 'connected';

const details: Record<DiscordState, string> = {
  asking: 'Discord has not said yet whose token this is; the log of the bots role says why',
  elsewhere: 'another process holds the connection, this one takes over when it ends',
  connecting: 'not connected; the log of the bots role says why, and it is tried again by itself',
  connected: 'connected',
};

/** Discord in the list of what this role depends on. */
export function discordHealth(state: DiscordState): HealthCheck {
  const ok = state === 'connected' || state === 'elsewhere';
  return { name: 'discord', ok, detail: details[state] };
}

/** Asks Discord about the bot, as `doctor` does: its token, its servers, what it may read, how to invite it. Never throws. */
export async function probeDiscord(access: DiscordAccess): Promise<HealthCheck> {
  const calls = createCalls(access);
  try {
    const { applicationId, name, readsContent } = await whoAmI(calls);
    const guilds = await calls.call<RESTGetAPICurrentUserGuildsResult>('GET', Routes.userGuilds());
    const link = inviteLink(applicationId);
    const where =
      guilds.length > 0
        ? `in ${guilds.map((guild) => guild.name).join(', ')}; another server invites it by ${link}`
        : `nobody has invited it yet: open ${link}`;
    const reads = readsContent
      ? 'reads what is said in its threads'
      : 'reads only what is addressed to it (Message Content Intent is off, docs/discord.md)';
    return { name: 'discord', ok: guilds.length > 0, detail: `${name} ${reads}; ${where}` };
  } catch (error) {
    return { name: 'discord', ok: false, detail: messageOf(error) };
  }
}
