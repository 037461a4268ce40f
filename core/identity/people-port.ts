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
  identities: { platform: Platform; workspace: string; accountId: string; name: string }[];
}

/** Everybody here, for administrators. */
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
}
