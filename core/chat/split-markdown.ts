/**
 * Markdown as parts of at most `max` characters (100 and more), cut at an empty line where one is near, else between lines,
 * else behind a space. A code fence that is cut, or never closed, is closed, and opened again in the next part. No text is
 * lost (I10).
 */
export function splitMarkdown(markdown: string, max: number): string[] {
  const parts: string[] = [];
  let lines: string[] = [];
  /** The line that opened the fence we are in. */
  let fence: string | null = null;
  /** Where the last empty line stands that is outside of every fence. */
  let blank = -1;

  const push = (some: string[]): void => {
    const text = some
      .join('\n')
      .replace(/^(?:[ \t]*\n)+/, '')
      .trimEnd();
    if (text !== '') parts.push(text);
  };
  const close = (): void => {
    if (blank > 0 && lengthOf(lines.slice(0, blank)) > max / 3) {
      push(lines.slice(0, blank));
      lines = lines.slice(blank + 1);
    } else {
      push(fence === null ? lines : [...lines, markOf(fence)]);
      lines = fence === null ? [] : [fence];
    }
    blank = -1;
  };

  for (const whole of markdown.split('\n')) {
    const after = fenceAfter(whole, fence);
    // Room for what closes the fence that is open then.
    const spare = Math.max(closingOf(fence), closingOf(after));
    const opening = fence === null ? 0 : fence.length + 1;
    for (const line of cutLine(whole, max - spare - opening)) {
      while (lengthOf([...lines, line]) + spare > max && (lines.length > 1 || lines[0] !== fence)) {
        if (lines.length === 0) break;
        close();
      }
      if (fence === null && line.trim() === '') blank = lines.length;
      lines.push(line);
    }
    fence = after;
  }
  if (fence !== null && lines.length === 1 && lines[0] === fence && parts.length > 0) return parts;
  push(fence === null ? lines : [...lines, markOf(fence)]);
  return parts;
}

function lengthOf(lines: string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, -1);
}

function closingOf(fence: string | null): number {
  return fence === null ? 0 : markOf(fence).length + 1;
}

/** The fence that is open behind this line (CommonMark, "Fenced code blocks"). */
function fenceAfter(line: string, open: string | null): string | null {
  const found = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
  if (!found) return open;
  const [, mark = '', info = ''] = found;
  if (open === null) return mark.startsWith('`') && info.includes('`') ? null : line;
  const own = markOf(open);
  const closes = mark.startsWith(own.charAt(0)) && mark.length >= own.length && info.trim() === '';
  return closes ? null : open;
}

function markOf(fence: string): string {
  return /`{3,}|~{3,}/.exec(fence)?.[0] ?? '```';
}

/** A line that is too long by itself: behind a space where there is one, never inside a character. */
function cutLine(line: string, max: number): string[] {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > max) {
    const space = rest.lastIndexOf(' ', max - 1) + 1;
    let at = space > max / 2 ? space : max;
    const code = rest.charCodeAt(at - 1);
    if (code >= 0xd800 && code <= 0xdbff) at -= 1;
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...pieces, rest];
}
