/**
 * Cuts Markdown into parts of at most `most` characters: at a blank line, a line's end or a space, in this order. A
 * code block that a cut goes through is closed there and opened again, with its language, in the next part. No text is
 * lost (I10).
 */
export function splitText(text: string, most: number): string[] {
  const parts: string[] = [];
  let rest = text;
  let fence = '';
  while (fence.length + rest.length > most) {
    // Room for a fence that has to be closed.
    const room = most - fence.length - closing.length;
    const at = cutAt(rest, room);
    const piece = fence + rest.slice(0, at);
    const open = openFence(piece);
    parts.push(open ? `${piece.trimEnd()}${closing}` : piece.trimEnd());
    rest = open ? rest.slice(at).replace(/^\n/, '') : rest.slice(at).trimStart();
    fence = open ? `${open}\n` : '';
  }
  const last = fence + rest;
  if (last.trim() !== '') parts.push(last);
  return parts;
}

const closing = '\n```';

function cutAt(text: string, room: number): number {
  const window = text.slice(0, room);
  const least = Math.floor(room / 3);
  for (const mark of ['\n\n', '\n', ' ']) {
    const at = window.lastIndexOf(mark);
    if (at > least) return at + mark.length;
  }
  // Never inside a character.
  return /[\ud800-\udbff]$/.test(window) ? room - 1 : room;
}

/** The opening line of a code block that is still open at the end, or null. */
function openFence(text: string): string | null {
  let open: string | null = null;
  for (const line of text.split('\n')) {
    const mark = /^\s*(```+)([\w+-]*)\s*$/.exec(line);
    if (open === null && mark) open = `${mark[1]}${mark[2] ?? ''}`;
    else if (open !== null && mark && !mark[2]) open = null;
  }
  return open;
}
