import type { Platform } from '#core/chat/thread-ref.ts';
import type { Role } from './roles.ts';

/** A person as administrators see them. */
export interface PersonFacts {
  userId: string;
  name: string;
  role: Role;
  email: string | null;
  createdAt: string;
  /** The newest turn they asked for; null: none yet. */
  lastAskedAt: string | null;
  identities: { platform: Platform; workspace: string; accountId: string; name: string }[];
}

/** Everybody here, for administrators. */
export interface People {
  /** By name. */
  all(): Promise<PersonFacts[]>;
  byId(userId: string): Promise<PersonFacts | null>;
  /** Gives a role. @throws {DeckhandError} `user.last_owner` */
  setRole(userId: string, role: Role): Promise<void>;
  /** A new person with an account in the console. */
  add(name: string, role: Role): Promise<PersonFacts>;
}
