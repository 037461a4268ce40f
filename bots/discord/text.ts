import type { DiscordSaid } from './types.ts';

/**
 * Does this message address the bot? By a reply that pings it, or by a mention. Discord lists both; it also lists what
 * stands in a quote, which is talk about us, not to us.
 */
export function addresses(
  message: Pick<DiscordSaid, 'mentions' | 'content' | 'referenced_message'>,
  botUser: string,
): boolean {
  if (!(message.mentions ?? []).some(({ id }) => id === botUser)) return false;
  if (message.referenced_message?.author.id === botUser) return true;
  return new RegExp(`<@!?${botUser}>`).test(message.content.replace(/^>.*$/gm, ''));
}

/** Discord's text as people wrote it: the address to the bot at its beginning removed, names for ids. */
export function plainText(message: Pick<DiscordSaid, 'content' | 'mentions'>, botUser: string): string {
  const names = new Map((message.mentions ?? []).map((user) => [user.id, user.global_name ?? user.username]));
  return message.content
    .replace(new RegExp(`^\\s*<@!?${botUser}>[\\s,:]*`), '')
    .replace(/<@!?(\d+)>/g, (whole, id: string) => {
      const name = id === botUser ? 'deckhand' : names.get(id);
      return name ? `@${name}` : whole;
    })
    .replace(/<a?(:\w+:)\d+>/g, '$1')
    .trim();
}
