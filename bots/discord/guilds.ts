import type { APIRole } from 'discord.js';

/** What the gateway says of the servers that the bot is in. */
export interface Guilds {
  note(guild: { id: string; name: string; roles: APIRole[] }): void;
  /** What people call it; its id while that is not known. */
  name(guild: string | null): string;
  /** The role that Discord made for the bot there, which people mention as easily as the bot; null: none is known. */
  ownRole(guild: string | null): string | null;
}

export function openGuilds(botUser: string): Guilds {
  const kept = new Map<string, { name: string; ownRole: string | null }>();
  return {
    note: ({ id, name, roles }) => {
      // "bot_id: The id of the bot this role belongs to" (topics/permissions#role-object-role-tags-structure).
      const own = roles.find(({ tags }) => tags?.bot_id === botUser);
      kept.set(id, { name, ownRole: own?.id ?? null });
    },
    name: (guild) => (guild ? (kept.get(guild)?.name ?? guild) : 'Direct messages'),
    ownRole: (guild) => (guild ? (kept.get(guild)?.ownRole ?? null) : null),
  };
}
