import MarkdownIt from 'markdown-it';

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

/**
 * Markdown as parts of at most `max` characters, cut between blocks where that is possible, else between lines. A code
 * fence that is cut is closed and opened again; no text is lost.
 */
export function splitMarkdown(markdown: string, max: number): string[] {
  const parts: string[] = [];
  let part = '';
  const add = (piece: string): void => {
    const joined = part === '' ? piece : `${part}\n\n${piece}`;
    if (joined.length <= max) {
      part = joined;
      return;
    }
    if (part !== '') parts.push(part);
    part = piece;
  };
  for (const block of blocksOf(markdown)) {
    for (const piece of block.text.length <= max ? [block.text] : cutBlock(block, max)) add(piece);
  }
  return part === '' ? parts : [...parts, part];
}

interface Block {
  text: string;
  /** The line that opens a code fence, and what closes it. */
  fence: { open: string; close: string } | null;
}

/** The document's outermost blocks as they stand in the source. Tables become aligned text, readable everywhere. */
function blocksOf(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let doneTo = 0;
  for (const token of parser.parse(markdown, {})) {
    if (token.level !== 0 || !token.map || token.nesting === -1) continue;
    const [from, to] = token.map;
    // Link definitions and the like are no tokens; they stay where they are.
    push(blocks, lines.slice(doneTo, from).join('\n'), null);
    doneTo = Math.max(doneTo, to);
    const text = lines.slice(from, to).join('\n');
    if (token.type === 'table_open') push(blocks, tableText(text), { open: '```', close: '```' });
    else if (token.type === 'fence') {
      const open = lines[from] ?? '```';
      const close = token.markup;
      push(blocks, closed(text, close), { open, close });
    } else push(blocks, text, null);
  }
  push(blocks, lines.slice(doneTo).join('\n'), null);
  return blocks;
}

function push(blocks: Block[], text: string, fence: Block['fence']): void {
  const trimmed = fence ? text : text.replace(/^\n+|\s+$/g, '');
  if (trimmed.trim() !== '') blocks.push({ text: trimmed, fence });
}

function closed(text: string, close: string): string {
  const trimmed = text.replace(/\s+$/, '');
  return trimmed.split('\n').length > 1 && trimmed.endsWith(close) ? trimmed : `${trimmed}\n${close}`;
}

function cutBlock({ text, fence }: Block, max: number): string[] {
  if (!fence) return cutLines(text.split('\n'), max);
  const inside = text.split('\n').slice(1, -1);
  const room = max - fence.open.length - fence.close.length - 2;
  return cutLines(inside, room).map((piece) => `${fence.open}\n${piece}\n${fence.close}`);
}

function cutLines(lines: string[], max: number): string[] {
  const pieces: string[] = [];
  let piece: string | null = null;
  for (const line of lines.flatMap((one) => cutLine(one, max))) {
    const joined: string = piece === null ? line : `${piece}\n${line}`;
    if (joined.length > max && piece !== null) {
      pieces.push(piece);
      piece = line;
    } else piece = joined;
  }
  return piece === null ? pieces : [...pieces, piece];
}

/** A line that is too long by itself: cut behind a space, else anywhere but inside a character. */
function cutLine(line: string, max: number): string[] {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > max) {
    const space = rest.lastIndexOf(' ', max - 1) + 1;
    let at = space > max / 2 ? space : max;
    if (isHighSurrogate(rest.charCodeAt(at - 1))) at -= 1;
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...pieces, rest];
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
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
