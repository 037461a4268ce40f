import type { Duplex } from 'node:stream';
import type { Range } from '#core/policy/ranges.ts';
import type { Authority } from './authority/authority.ts';
import type { Passage } from './head.ts';
import type { Lookup, Rulings, Witness } from './ports.ts';
import type { Share } from './share.ts';
import type { Upstreams } from './upstreams.ts';

/** What the steps of a request need of their door. */
export interface DoorParts {
  readonly authority: Authority;
  readonly rulings: Rulings;
  readonly lookup: Lookup;
  readonly witness: Witness;
  own(): readonly Range[];
  readonly upstreams: Upstreams;
  /** Serves HTTP/1.1 on a connection that came here in this way. */
  serve(socket: Duplex, passage: Passage): void;
  serveHttp2(socket: Duplex, passage: Passage): void;
  /** Of a socket, or of an HTTP/2 session. */
  passageOf(connection: object): Passage;
  readonly share: Share;
  /**
   * Runs a request within the door's limits; the turn's end aborts it. `worker`: it waits for nobody.
   * @throws {Refused} `too_many_requests`; `unheard`
   */
  admit<T>(gone: AbortController, worker: boolean, work: () => Promise<T>): Promise<T>;
}
