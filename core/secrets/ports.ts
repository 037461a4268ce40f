import type { WrittenBindings } from './binding-text.ts';
import type { SecretBinding } from './bindings.ts';
import type { SealedEntry } from './entry-seal.ts';
import type { Envelope } from './envelope.ts';
import type { SecretPlace } from './place.ts';

export interface StoredSecret extends SecretPlace {
  readonly secretId: string;
  readonly bindings: readonly SecretBinding[];
}

/** What people may know of a secret. Its value is no part of it and cannot be had. */
export interface SecretFacts extends StoredSecret {
  /** The bindings as they were written, with every default spelled out. */
  readonly written: WrittenBindings;
  /** Who entered this version, and when (ISO 8601). */
  readonly setBy: { readonly userId: string; readonly name: string };
  readonly setAt: string;
  /** When egress last put it on a request, within a minute; null: not yet, in this version. */
  readonly usedAt: string | null;
}

/** A value sealed to egress's key, for one place and for these bindings. */
export interface SecretEntry {
  readonly place: SecretPlace;
  /** Canonical JSON, as `boundTo` of the place was made from. */
  readonly bindings: string;
  readonly keyId: string;
  readonly sealed: SealedEntry;
}

/** Whose: a person's own in a workspace, or with user null the workspace's defaults. */
export interface SecretOwner {
  readonly workspace: string;
  readonly user: string | null;
}

/** The key that values are sealed to; its private half is egress's alone. */
export interface EgressKey {
  readonly keyId: string;
  /** X25519, raw, base64url. */
  readonly publicKey: string;
}

export interface Secrets {
  /** What a turn of this person in this workspace may lease: theirs over the workspace's, by name. */
  visibleTo(workspaceId: string, userId: string): Promise<StoredSecret[]>;
  /** By name. */
  list(owner: SecretOwner): Promise<SecretFacts[]>;
  byId(secretId: string): Promise<SecretFacts | null>;
  /** The last version of each of these names, also of removed ones. */
  versions(owner: SecretOwner, names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The newest key that egress has published; null before it ever ran. */
  egressKey(): Promise<EgressKey | null>;
  /**
   * Keeps the entries, all or none, each in place of what stood there; spends the link if one is given.
   * @throws {DeckhandError} `secret_changed` when a version is not the next one, `secret_link_spent`
   */
  put(entries: readonly SecretEntry[], by: string, link?: string): Promise<void>;
  /** Takes the value away for good. False: there is none. */
  remove(secretId: string, by: string): Promise<boolean>;
  /** How many values are under each master key, and how many egress has not taken over yet. */
  underKeys(): Promise<{ waiting: number; keys: { masterKeyId: string; secrets: number }[] }>;
}

/** One-time links that let a person enter secrets without signing in. Tokens are random, stored hashed. */
export interface SecretLinks {
  create(of: { userId: string; workspaceId: string }, lifeMs: number): Promise<string>;
  /** Whose link it is; null when it is unknown, spent or too old. Looking does not spend it. */
  look(token: string): Promise<{ userId: string; workspaceId: string; expiresAt: string } | null>;
}

/** Egress only. */
export interface Vault {
  /**
   * The value. With `boundTo`, that of the bindings which were read, only while they still hold: they are judged by
   * before the value is opened, and must be those it was entered for.
   * @throws {DeckhandError} `secret_unreadable`
   */
  open(secretId: string, boundTo?: string): Promise<string>;
  /** Notes that the value was put on a request; at most once a minute it is written. Never throws. */
  used(secretId: string): Promise<void>;
}

/** A row as egress sees it: sealed to one of its keys, or in an envelope. */
export interface VaultRow {
  readonly secretId: string;
  readonly place: SecretPlace;
  readonly kept: { readonly entry: SealedEntry; readonly keyId: string } | { readonly envelope: Envelope };
}

/** What egress needs of the store; nobody else has a use for it. */
export interface VaultRows {
  /** Makes this the key that values are sealed to from now on. */
  publish(key: EgressKey): Promise<void>;
  byId(secretId: string): Promise<VaultRow | null>;
  /** Entries sealed to these keys, but for those named, at most `limit`. */
  sealedTo(keyIds: readonly string[], except: readonly string[], limit: number): Promise<VaultRow[]>;
  /** Envelopes under master keys of `known` other than `current`, but for those named, at most `limit`. */
  toRewrap(
    current: string,
    known: readonly string[],
    except: readonly string[],
    limit: number,
  ): Promise<VaultRow[]>;
  /** Replaces what the row held; false when it has changed since it was read. */
  keep(row: VaultRow, envelope: Envelope): Promise<boolean>;
  /** Ids of all keys that something is sealed to or under. */
  keysInUse(): Promise<string[]>;
  /** Notes the use; at most once a minute it is written. */
  used(secretId: string): Promise<void>;
}
