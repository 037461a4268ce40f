import MarkdownIt from 'markdown-it';
import { splitMarkdown as split } from '#core/chat/split-markdown.ts';

const parser = new MarkdownIt({ html: false }).enable('table');

/** A word joiner: nothing to see, and what stands around it is a name no longer. */
const joiner = '\u2060';

/**
 * Text of a model that can ping nobody: Slack's own marks (`<!here>`, `<@U…>`, `<!subteam^…>`) and the names of whole
 * rooms are broken up without a visible change.
 */
export function withoutPings(text: string): string {
  return text
    .replace(/<(?=[!@#])/g, `<${joiner}`)
    .replace(/@(?=(?:here|channel|everyone|group)\b)/gi, `@${joiner}`);
}

/** Escapes what mrkdwn takes for its own (docs.slack.dev/messaging/formatting-message-text). */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Markdown as parts of at most `max` characters. Tables become aligned text in a fence, readable everywhere. */
export function splitMarkdown(markdown: string, max: number): string[] {
  return split(withAlignedTables(markdown), max);
}

function withAlignedTables(markdown: string): string {
  const lines = markdown.split('\n');
  const whole: string[] = [];
  let doneTo = 0;
  for (const token of parser.parse(markdown, {})) {
    if (token.type !== 'table_open' || token.level !== 0 || !token.map) continue;
    const [from, to] = token.map;
    whole.push(...lines.slice(doneTo, from), tableText(lines.slice(from, to).join('\n')));
    doneTo = to;
  }
  return [...whole, ...lines.slice(doneTo)].join('\n');
}

/** A table's rows with columns aligned by spaces, in a code fence. */
function tableText(source: string): string {
  const rows: string[][] = [];
  for (const token of parser.parse(source, {})) {
    if (token.type === 'tr_open') rows.push([]);
    if (token.type === 'inline') rows.at(-1)?.push(token.content.replaceAll('```', "'''"));
  }
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const line = (row: string[]): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return cell + ' '.repeat(width - widthOf(cell));
      })
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return ['```', line(head), rule, ...body.map(line), '```'].join('\n');
}

function widthOf(text: string): number {
  return [...text].length;
}
