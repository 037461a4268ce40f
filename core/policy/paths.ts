/**
 * Paths as servers may read them. A rule that permits must hold for every reading, a rule that restricts for any one:
 * `/a/%2e%2e/admin`, `//admin`, `/admin;x` and `/%2561dmin` gain nothing either way.
 */

/** A path pattern cut at its slashes. `**` stands for any number of segments, `*` for any run inside one. */
export interface PathPattern {
  readonly text: string;
  readonly segments: readonly string[];
}

/** `/repos` is that path and all below it; `/repos/*` one level; `/repos/**` all below; `*` within a segment. */
export function parsePathPattern(text: string): PathPattern {
  const segments = text.split('/').slice(1);
  if (segments.at(-1) === '') segments.pop();
  return { text, segments: text.includes('*') ? segments : [...segments, '**'] };
}

export type PathRead = 'strictly' | 'generously';

/** Does the pattern hold? `strictly`: for every reading of the path. `generously`: for one, letter case aside. */
export function pathMatches(pattern: PathPattern, path: string, read: PathRead): boolean {
  if (read === 'strictly') return readingsOf(path).every((one) => segmentsMatch(pattern.segments, one));
  const lower = pattern.segments.map((segment) => segment.toLowerCase());
  return readingsOf(path).some((one) =>
    segmentsMatch(
      lower,
      one.map((segment) => segment.toLowerCase()),
    ),
  );
}

/** The path as it is, and as a server sees it that decodes escapes, drops parameters and merges slashes. */
function readingsOf(path: string): string[][] {
  const plain = path.split('/').slice(1);
  return [dropLastEmpty(plain), loosely(path)];
}

function loosely(path: string): string[] {
  const kept: string[] = [];
  for (const segment of decoded(path).replaceAll('\\', '/').split('/')) {
    const name = segment.replace(/;.*$/s, '');
    if (name === '..') kept.pop();
    else if (name !== '' && name !== '.') kept.push(name);
  }
  return kept;
}

/** Percent-decoding as often as it changes something, four times at most: proxies behind us may decode again. */
function decoded(path: string): string {
  let text = path;
  for (let round = 0; round < 4; round++) {
    const next = text.replace(/%[0-9a-f]{2}/gi, (code) =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)),
    );
    if (next === text) return text;
    text = next;
  }
  return text;
}

function dropLastEmpty(segments: string[]): string[] {
  return segments.at(-1) === '' ? segments.slice(0, -1) : segments;
}

function segmentsMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  return wildMatch(pattern, segments, '**', (one, segment) =>
    one.includes('*') ? wildMatch([...one], [...segment], '*', (a, b) => a === b) : one === segment,
  );
}

/** Greedy matching that goes back to the last wildcard only: exact, and never worse than length × length. */
function wildMatch(
  pattern: readonly string[],
  items: readonly string[],
  wildcard: string,
  fits: (pattern: string, item: string) => boolean,
): boolean {
  let place = 0;
  let item = 0;
  let star = -1;
  let resume = 0;
  while (item < items.length) {
    const one = pattern[place];
    if (one === wildcard) {
      star = place++;
      resume = item;
    } else if (one !== undefined && fits(one, items[item] ?? '')) {
      place++;
      item++;
    } else if (star >= 0) {
      place = star + 1;
      item = ++resume;
    } else return false;
  }
  return pattern.slice(place).every((one) => one === wildcard);
}
