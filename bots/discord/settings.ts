import type { Config } from '#core/config.ts';
import type { DiscordSettings } from './door.ts';

/** What is set up for Discord, or null when nothing is. */
export function discordSettings(config: Config): DiscordSettings | null {
  const { DISCORD_TOKEN: token, DISCORD_COMMANDS_GUILD: commandsGuild } = config;
  if (!token) return null;
  return {
    token,
    apiUrl: config.DISCORD_API_URL,
    maxFileBytes: config.DECKHAND_MAX_FILE_MB * 1024 * 1024,
    policy: { guests: false },
    ...(commandsGuild ? { commandsGuild } : {}),
  };
}
