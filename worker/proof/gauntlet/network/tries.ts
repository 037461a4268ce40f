import type { Attack } from '../attack.ts';
import { type Attempt, type NetworkArena, newMark } from './arena.ts';
import type { Seen } from './world/seen.ts';

/** What one attempt left behind, for whoever judges it. */
export interface Trace {
  seen: readonly Seen[];
  mark: string;
  attempt: Attempt;
}

export interface Tried {
  /** Python for the sandbox; `mark` is a word of this attempt's own. */
  python(mark: string): string;
  /** Did it succeed? */
  success(trace: Trace): boolean;
  by?: string;
  thread?: string;
}

/** An attack that is one command of one turn, judged when the turn is over. */
export function tries(
  name: string,
  { python, success, by = 'ana', thread = 'attack' }: Tried,
): Attack<NetworkArena> {
  let trace: Trace | null = null;
  return {
    name,
    run: async (arena) => {
      trace = null;
      const mark = newMark();
      const attempt = await arena.attempt(python(mark), { by, thread });
      trace = { mark, attempt, seen: await arena.seen() };
    },
    observed: async () => trace !== null && success(trace),
  };
}

/** A Python literal of these bytes (Latin-1). */
export const bytes = (text: string) => `${JSON.stringify(text)}.encode('latin1')`;

/** A request as bytes. */
export function message(method: string, target: string, headers: readonly string[], body = ''): string {
  return `${method} ${target} HTTP/1.1\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n${body}`;
}

export const asked = ({ seen, mark }: Trace) =>
  seen.some((one) => one.kind === 'query' && one.name.toLowerCase().includes(mark));
export const reached = ({ seen, mark }: Trace) =>
  seen.some((one) => one.kind !== 'query' && JSON.stringify(one).includes(mark));
export const anywhere = ({ seen, mark }: Trace) =>
  seen.some((one) => JSON.stringify(one).toLowerCase().includes(mark));
/** A request that a server read as one of its own, with the mark in its target. */
export const requested = ({ seen, mark }: Trace) =>
  seen.some((one) => one.kind === 'request' && one.url.includes(mark));
/** A packet to this address, on this port if one is given. */
export const packetTo =
  (to: string, port?: number) =>
  ({ seen }: Trace) =>
    seen.some((one) => one.kind === 'packet' && one.to === to && (port === undefined || one.port === port));
