/**
 * Markdown as parts of at most `max` characters, cut at an empty line where one is near, else between lines. A code fence
 * that is cut is closed and opened again. No text is lost.
 */
export function splitMarkdown(markdown: string, max: number): string[] {
  const parts: string[] = [];
  let lines: string[] = [];
  let length = 0;
  /** The line that opened the fence we are in. */
  let fence: string | null = null;

  const close = (): void => {
    const text = [...lines, ...(fence === null ? [] : [markOf(fence)])].join('\n');
    if (text.trim() !== '') parts.push(text);
    lines = fence === null ? [] : [fence];
    length = fence === null ? 0 : fence.length + 1;
  };

  for (const whole of markdown.split('\n')) {
    const room = max - (fence === null ? 0 : fence.length + markOf(fence).length + 2);
    for (const line of cutLine(whole, room)) {
      const closing = fence === null ? 0 : markOf(fence).length + 1;
      const full = length + line.length + closing > max;
      const niceBreak = line.trim() === '' && fence === null && length > max * 0.7;
      if (full || niceBreak) close();
      lines.push(line);
      length += line.length + 1;
    }
    fence = fenceAfter(whole, fence);
  }
  if (fence !== null && lines.length === 1 && lines[0] === fence) return parts;
  const rest = lines.join('\n');
  return rest.trim() === '' ? parts : [...parts, rest];
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
