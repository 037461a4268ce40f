import { DeckhandError } from '#core/errors.ts';
import { minSecretLength } from '../value.ts';
import { prepareEscapedSearch } from './escaped-search.ts';
import { longestUnit } from './escapes.ts';
import { type Needle, needlesOf } from './needles.ts';
import { preparePlainSearch } from './plain-search.ts';

/**
 * Masks a stream, piece by piece. What it holds back and for how long depends on what any value could be made of, never on
 * what these values are: else whoever has text sent to them piece by piece could guess a value character by character, by
 * looking at what comes late.
 */
export interface RedactedStream {
  /** Bytes that are safe to pass on, possibly none yet; the piece itself when nothing was found in it. */
  push(piece: Uint8Array): Uint8Array;
  /** What was held back, at the stream's end. */
  flush(): Uint8Array;
  /** How many occurrences were masked so far. */
  readonly masked: number;
}

/** The values of a turn's leases, made ready to be found in what servers answer (I5). */
export interface Redaction {
  stream(): RedactedStream;
  /** Masks a header's value, as Node gives it (Latin-1). */
  text(value: string): string;
}

const mask = 0x2a;

interface Span {
  start: number;
  end: number;
}

/**
 * Masks values by `*`, byte for byte: as they are, in base64 (any alignment, both alphabets), in hex, and each of
 * these with any of its characters percent-encoded or escaped for JSON or HTML, also over piece boundaries. A server
 * that transforms a value in another way defeats it.
 * @throws {DeckhandError} `secret_too_short`: short values would mask innocent text
 */
export function prepareRedaction(values: readonly string[]): Redaction {
  if (values.some((value) => value.length < minSecretLength)) {
    throw new DeckhandError('secret_too_short', `A secret has at least ${minSecretLength} characters.`);
  }
  const needles = [...new Set(values)].flatMap(needlesOf);
  const search = prepareSearch(needles);
  return {
    stream: () => (needles.length === 0 ? passing() : masking(search)),
    text(value) {
      if (needles.length === 0) return value;
      const stream = masking(search);
      const bytes = [stream.push(Buffer.from(value, 'latin1')), stream.flush()];
      return Buffer.concat(bytes).toString('latin1');
    },
  };
}

interface Search {
  spans(data: Uint8Array): Span[];
  /** From where on a match may go on behind the data's end; its length where none can. */
  openFrom(data: Uint8Array): number;
}

function prepareSearch(needles: readonly Needle[]): Search {
  if (needles.length === 0) return { spans: () => [], openFrom: (data) => data.length };
  const plain = preparePlainSearch(needles);
  const escaped = prepareEscapedSearch(needles);
  const longest = longestUnit * Math.max(...needles.map(({ bytes }) => bytes.length));
  // In coarse steps: how long a value is, is nobody's business either.
  const reach = 2 ** Math.ceil(Math.log2(longest));
  const withSpaces = needles.some(({ bytes }) => bytes.includes(space));
  return {
    spans(data) {
      const spans: Span[] = [];
      const add = (start: number, end: number) => spans.push({ start, end });
      plain(data, add);
      escaped(data, add);
      return spans;
    },
    openFrom(data) {
      const farthest = Math.max(0, data.length - reach);
      for (let at = data.length; at > farthest; at--) {
        if (separates(data[at - 1] as number, withSpaces)) return at;
      }
      return farthest;
    },
  };
}

const space = 0x20;
const lastPrintable = 0x7e;

/** No value and no spelling of one goes over it: they are printable ASCII (`value.ts`). */
function separates(byte: number, withSpaces: boolean): boolean {
  return byte < space || byte > lastPrintable || (byte === space && !withSpaces);
}

function masking(search: Search): RedactedStream {
  let held: Uint8Array = new Uint8Array();
  /** Matches that reach from what is gone into what is held, counted from its beginning. */
  let carried: Span[] = [];
  let masked = 0;

  const release = (data: Uint8Array, upTo: number): Uint8Array => {
    // What begins later stands wholly in the bytes held back and is found again with them.
    const begun = search.spans(data).filter(({ start }) => start < upTo);
    const spans = [...carried, ...begun];
    masked += begun.length;
    held = new Uint8Array(data.subarray(upTo));
    carried = spans
      .filter(({ end }) => end > upTo)
      .map(({ start, end }) => ({ start: start - upTo, end: end - upTo }));
    const safe = data.subarray(0, upTo);
    return spans.length === 0 ? safe : masks(safe, spans);
  };
  return {
    push(piece) {
      const data = held.length === 0 ? piece : Buffer.concat([held, piece]);
      return release(data, search.openFrom(data));
    },
    flush: () => release(held, held.length),
    get masked() {
      return masked;
    },
  };
}

function passing(): RedactedStream {
  return { push: (piece) => piece, flush: () => new Uint8Array(), masked: 0 };
}

/** A copy: what another part of the process still reads stays as it was. */
function masks(data: Uint8Array, spans: readonly Span[]): Uint8Array {
  const copy = new Uint8Array(data);
  for (const { start, end } of spans) copy.fill(mask, Math.max(0, start), end);
  return copy;
}
