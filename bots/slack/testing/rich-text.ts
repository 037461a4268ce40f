import type { JsonObject } from './json.ts';

const mentionOrCode = /<@([UW][A-Z0-9]+)>|`([^`\n]+)`/g;

/** A line's elements: words, mentions, inline code. */
function inline(line: string): JsonObject[] {
  const out: JsonObject[] = [];
  let from = 0;
  for (const match of line.matchAll(mentionOrCode)) {
    if (match.index > from) out.push({ type: 'text', text: plain(line.slice(from, match.index)) });
    const [, user, code] = match;
    if (user) out.push({ type: 'user', user_id: user });
    else out.push({ type: 'text', text: plain(code ?? ''), style: { code: true } });
    from = match.index + match[0].length;
  }
  if (from < line.length) out.push({ type: 'text', text: plain(line.slice(from)) });
  return out;
}

const plain = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** The `rich_text` block that Slack's client sends along with what a person typed: quotes and code apart. */
export function richText(text: string, blockId: string): JsonObject {
  const parts = text.split(/```\n?([\s\S]*?)\n?```/);
  const elements = parts.flatMap((part, index): JsonObject[] => {
    if (index % 2 === 1)
      return [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: plain(part) }] }];
    return part
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) =>
        line.startsWith('&gt;')
          ? { type: 'rich_text_quote', elements: inline(line.replace(/^&gt; ?/, '')) }
          : { type: 'rich_text_section', elements: inline(line) },
      );
  });
  return { type: 'rich_text', block_id: blockId, elements };
}

/**
 * What Slack makes of typed text: `&`, `<`, `>` are escaped and `@name` becomes `<@U…>`, but not inside code,
 * where the client leaves names as they are.
 */
export function typed(text: string, idOf: (name: string) => string | undefined): string {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((part, index) => {
      const escaped = part.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
      if (index % 2 === 1) return escaped;
      return escaped.replace(/@([a-z][\w-]*)/g, (whole, name: string) => {
        const id = idOf(name);
        return id ? `<@${id}>` : whole;
      });
    })
    .join('');
}
