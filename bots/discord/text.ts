import type { DiscordSaid } from './types.ts';

/** As whom the bot can be mentioned: its user, and the role that Discord made for it in a guild. */
export interface OwnMentions {
  user: string;
  role: string | null;
}

type Mentioning = Pick<DiscordSaid, 'mentions' | 'mention_roles' | 'content' | 'referenced_message'>;

/**
 * Does this message address the bot? By a reply that pings it, or by a mention. Discord lists both; it also lists what
 * stands in a quote, which is talk about us, not to us.
 */
export function addresses(message: Mentioning, { user, role }: OwnMentions): boolean {
  const pinged = (message.mentions ?? []).some(({ id }) => id === user);
  const byRole = mentionsRole(message, role);
  if (pinged && message.referenced_message?.author.id === user) return true;
  // Words that Discord does not show us are no quote that we know of.
  if (byRole && message.content === '') return true;
  if (!pinged && !byRole) return false;
  return new RegExp(`<@!?${user}>|<@&${role}>`).test(message.content.replace(/^>.*$/gm, ''));
}

/** Is the bot's own role mentioned? Without the message content intent such a message comes empty. */
export function mentionsRole(
  { mention_roles: roles = [] }: Pick<DiscordSaid, 'mention_roles'>,
  role: string | null,
): boolean {
  return role !== null && roles.includes(role);
}

/** Discord's text as people wrote it: the address to the bot at its beginning removed, names for ids. */
export function plainText(
  message: Pick<DiscordSaid, 'content' | 'mentions'>,
  { user: botUser, role }: OwnMentions,
): string {
  const names = new Map((message.mentions ?? []).map((user) => [user.id, user.global_name ?? user.username]));
  return message.content
    .replace(new RegExp(`^\\s*(<@!?${botUser}>|<@&${role}>)[\\s,:]*`), '')
    .replaceAll(`<@&${role}>`, '@deckhand')
    .replace(/<@!?(\d+)>/g, (whole, id: string) => {
      const name = id === botUser ? 'deckhand' : names.get(id);
      return name ? `@${name}` : whole;
    })
    .replace(/<a?(:\w+:)\d+>/g, '$1')
    .trim();
}
