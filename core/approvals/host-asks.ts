import type { EventBodies, Person } from '#core/events/types.ts';
import type { Fence } from '#core/secrets/leases.ts';

/** A request at the door that nobody may let pass but people. */
export interface HostQuestion extends Fence {
  authorId: string;
  /** What shares a card, and what "in this thread" covers: same author, host, port, method and secret. */
  group: HostGroup;
  /** Of the exact request and its secret (DOOR.md rule 6). */
  fingerprint: string;
  /** The request in one line, as people see it. */
  line: string;
  /** The agent's words, when the command that runs carries any. */
  why: string | null;
  /** How long the request is known to be held without another look at it. */
  holdMs: number;
  lifeMs: number;
}

export interface HostGroup {
  host: string;
  port: number;
  method: string;
  /** `null`: none is put on. `whose` is a name, or null for the workspace's. */
  secret: { secretId: string; name: string; whose: string | null } | null;
}

/** Why a request may go: an answer of people. */
export interface Grant {
  approvalId: string;
  by: Person | null;
}

export type Asked =
  | { kind: 'granted'; grant: Grant; itemId: string | null }
  | { kind: 'denied'; by: Person | null }
  /** It is on a card; wait for what becomes of it. */
  | { kind: 'asked'; itemId: string; approvalId: string }
  /** More questions than people can answer are open. */
  | { kind: 'full' }
  | { kind: 'fenced' };

export type ItemState =
  | { kind: 'open' }
  | { kind: 'granted'; grant: Grant }
  | { kind: 'denied'; by: Person | null }
  | { kind: 'expired' };

/** Questions of the door: requests of a kind share a card that grows; each is freed by a click that showed it (I7). */
export interface HostAsks {
  /** Puts the request on a card, unless it has been answered already. */
  ask(question: HostQuestion): Promise<Asked>;
  /** What has become of these requests; who looks goes on holding them for `holdMs`. */
  look(itemIds: readonly string[], holdMs: number): Promise<Map<string, ItemState>>;
  /** Nobody waits for it any more; its card stays. */
  release(itemId: string): Promise<void>;
  /**
   * Writes down, before it happens, that a request goes out which people allowed or which carries a secret: in one
   * transaction with the check that the turn still runs under this epoch, that the secret is leased to it and still the one
   * that was opened, and with the use of the answer, which frees one request once. False: it may not go.
   */
  begin(fence: Fence, intent: EventBodies['egress.intent'], uses: Uses): Promise<boolean>;
}

export interface Uses {
  itemId: string | null;
  /** In the version that its value and its bindings were read in. */
  secret: { readonly secretId: string; readonly version: number } | null;
}
