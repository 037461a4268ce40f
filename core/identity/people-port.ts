import type { Platform } from '#core/chat/thread-ref.ts';
import type { Role } from './roles.ts';

/** How much of the platform is a person's while others wait. */
export interface PersonShare {
  /** Turns that run at once, 1 to 100. */
  turnsAtOnce: number;
  /** Turns in a round of all who wait, 1 to 10. */
  weight: number;
}

/** A person as administrators see them. */
export interface PersonFacts {
  userId: string;
  name: string;
  role: Role;
  email: string | null;
  createdAt: string;
  /** The newest turn they asked for; null: none yet. */
  lastAskedAt: string | null;
  share: PersonShare;
  identities: { id: string; platform: Platform; workspace: string; accountId: string; name: string }[];
}

/** Everybody here, for administrators: whoever has an account. */
export interface People {
  /** By name. */
  all(): Promise<PersonFacts[]>;
  byId(userId: string): Promise<PersonFacts | null>;
  /** Gives a role. @throws {DeckhandError} `user.last_owner` */
  setRole(userId: string, role: Role): Promise<void>;
  /** From their next turn on. */
  setShare(userId: string, share: PersonShare): Promise<void>;
  /** A new person with an account in the console. */
  add(name: string, role: Role): Promise<PersonFacts>;
  /**
   * Two who are one: what `from` has becomes `to`'s, and `from` is no longer among all.
   * @throws {DeckhandError} `join.administers`, `join.busy`, `join.has_secrets`, `join.unknown`
   */
  join(from: string, to: string): Promise<void>;
  /**
   * Makes one of somebody's accounts a person of its own, a member; sessions and schedules stay. Gives the new person.
   * @throws {DeckhandError} `identity.unknown`, `identity.only`, `identity.console`
   */
  separate(userId: string, identityId: string): Promise<PersonFacts>;
}
