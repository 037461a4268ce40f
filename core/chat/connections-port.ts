import type { Platform } from './thread-ref.ts';

/** An account at a platform that allows, or bears, one connection at a time. */
export interface ConnectionOf {
  platform: Platform;
  account: string;
  /** The process that wants it or has it. */
  by: string;
}

/** Who holds an account's connection, and how far its events are handled. */
export interface Connections {
  /**
   * Takes the connection, lent for 6 s; null while another process holds it. `position` is the last one noted, null when
   * there has never been one; `movedAt` says when it was noted.
   */
  take(connection: ConnectionOf): Promise<{ position: string | null; movedAt: string | null } | null>;
  /** Keeps it for another 6 s. False: it was lost, another may hold it by now. */
  renew(connection: ConnectionOf): Promise<boolean>;
  /** Notes that everything up to here is handled and committed. False: it was lost, and nothing is noted (I8). */
  advance(connection: ConnectionOf, position: string): Promise<boolean>;
  /** Gives it back at once. */
  release(connection: ConnectionOf): Promise<void>;
}
