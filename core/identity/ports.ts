import type { Platform } from '#core/chat/thread-ref.ts';
import type { Act, Role } from './roles.ts';

export interface UserFacts {
  userId: string;
  name: string;
  role: Role;
  timeZone: string;
  /** BCP 47; null: whatever they write in. */
  language: string | null;
  /** Stands in the commits of their turns; null: none is known. */
  email: string | null;
  /** Kernel uid of this person's commands, 70000 and up. */
  uid: number;
}

/** What a person sets for themselves. */
export interface Preferences {
  timeZone?: string | undefined;
  language?: string | null | undefined;
  email?: string | null | undefined;
}

export interface Identities {
  /** Finds or makes workspace, user and identity of an account. Safe under a race. */
  resolve(
    platform: Platform,
    workspace: { externalId: string; name: string },
    account: { id: string; name: string },
  ): Promise<UserFacts & { workspaceId: string }>;
  byId(userId: string): Promise<UserFacts | null>;
  /** What people say of themselves; what is left out stays. */
  prefer(userId: string, preferences: Preferences): Promise<UserFacts>;
  /** A person's account in a workspace of a platform; null when they have none there. */
  accountOf(userId: string, platform: Platform, workspace: string): Promise<string | null>;
  /** The account of a person in a workspace. */
  accountIn(userId: string, workspaceId: string): Promise<{ id: string; name: string } | null>;
  /** Ids of the people of a workspace who have one of these roles there, longest known first. */
  withRoles(roles: readonly Role[], platform: Platform, workspace: string): Promise<string[]>;
  /** The zone that a person's times are in; an IANA name. */
  setTimeZone(userId: string, zone: string): Promise<void>;
  /** The local owner of a self-hosted instance: the console's first user. Made on the first call. */
  localOwner(): Promise<UserFacts & { workspaceId: string }>;
}

/** A browser that has signed in. */
export interface WebSessionFacts {
  id: string;
  /** What the browser calls itself. */
  browser: string;
  createdAt: string;
  /** To the minute. */
  seenAt: string;
  expiresAt: string;
}

/** How a person proves who it is. Tokens are random, stored hashed, and never read back. */
export interface Credentials extends ApiKeys {
  /** A one-time link's token. */
  createSignInLink(userId: string, lifeMs: number): Promise<string>;
  /** Spends the link, once. Null when it is unknown, spent or too old. */
  redeemSignInLink(token: string): Promise<string | null>;
  createWebSession(userId: string, lifeMs: number, browser?: string): Promise<string>;
  webSession(token: string): Promise<(UserFacts & { webSessionId: string }) | null>;
  endWebSession(token: string): Promise<void>;
  /** Where a person is signed in, last seen first. */
  webSessions(userId: string): Promise<WebSessionFacts[]>;
  /** Ends one of a person's; false when they have no such one. */
  endWebSessionOf(userId: string, id: string): Promise<boolean>;
}

/** What a key is for. */
export interface KeyTerms {
  name: string;
  /** What it may do, of what its person may. */
  scopes: readonly Act[];
  /** Requests a minute; null: no limit. */
  perMinute: number | null;
  /** ISO 8601; null: it does not end by itself. */
  expiresAt: string | null;
}

export interface KeyFacts extends KeyTerms {
  keyId: string;
  userId: string;
  /** Its last characters. */
  hint: string;
  createdAt: string;
  /** To the minute. */
  usedAt: string | null;
}

/** How a program proves who sent it: `dhk_…`, given once, stored hashed. */
export interface ApiKeys {
  /** Without terms: all that its person may do, without limit or end. */
  createApiKey(userId: string, name: string, terms?: Omit<KeyTerms, 'name'>): Promise<string>;
  /** Null when it is unknown, revoked or too old. */
  apiKey(key: string): Promise<{ user: UserFacts; key: KeyFacts } | null>;
  /** Keys that work, newest first: a person's, or everybody's. */
  apiKeys(userId: string | null): Promise<KeyFacts[]>;
  apiKeyById(keyId: string): Promise<KeyFacts | null>;
  /** False when it did not work any more. */
  revokeApiKey(keyId: string): Promise<boolean>;
}
