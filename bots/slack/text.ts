import type { SlackSaid } from './events.ts';

/**
 * Does this message address the bot? A mention inside a quote or code is talk about it, not to it. What people type
 * comes with a `rich_text` block that tells the parts apart; what programs send may be text alone.
 */
export function addresses(message: Pick<SlackSaid, 'text' | 'blocks'>, botUser: string): boolean {
  const rich = (message.blocks ?? []).filter((block) => block.type === 'rich_text');
  if (rich.length > 0) return rich.some((block) => mentions(block, botUser));
  return outsideQuotes(message.text ?? '').includes(`<@${botUser}>`);
}

const quoting = new Set(['rich_text_quote', 'rich_text_preformatted']);

function mentions(node: unknown, botUser: string): boolean {
  if (Array.isArray(node)) return node.some((one) => mentions(one, botUser));
  if (typeof node !== 'object' || node === null) return false;
  const { type, user_id: user, elements } = node as { type?: unknown; user_id?: unknown; elements?: unknown };
  if (typeof type === 'string' && quoting.has(type)) return false;
  return (type === 'user' && user === botUser) || mentions(elements, botUser);
}

function outsideQuotes(text: string): string {
  return text
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, '')
    .split('\n')
    .filter((line) => !/^(&gt;|>)/.test(line))
    .join('\n');
}

/** Names of people who are mentioned in a text, by their ids. */
export function mentioned(text: string): string[] {
  return [...new Set([...text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g)].map(([, id]) => id ?? ''))];
}

/**
 * Slack's text as people wrote it: the address to the bot at its beginning removed, names for ids, links as typed,
 * entities decoded (docs.slack.dev/messaging/formatting-message-text).
 */
export function plainText(text: string, botUser: string, nameOf: (userId: string) => string): string {
  return text
    .replace(new RegExp(`^\\s*<@${botUser}(?:\\|[^>]*)?>[\\s,:]*`), '')
    .replace(
      /<@([UW][A-Z0-9]+)(?:\|([^>]*))?>/g,
      (_, id: string, label?: string) => `@${label || nameOf(id)}`,
    )
    .replace(/<#(C[A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id: string, label?: string) => `#${label || id}`)
    .replace(/<!subteam\^[A-Z0-9]+(?:\|@?([^>]*))?>/g, (_, label?: string) => `@${label || 'group'}`)
    .replace(/<!date\^[^>|]*\|([^>]*)>/g, '$1')
    .replace(/<!(here|channel|everyone)(?:\|[^>]*)?>/g, '@$1')
    .replace(/<((?:https?|mailto|tel):[^>|]*)(?:\|([^>]*))?>/g, (_, url: string, label?: string) =>
      label && label !== url && url.replace(/^\w+:\/*/, '') !== label ? `${label} (${url})` : (label ?? url),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
