import type { SecretBinding } from './bindings.ts';
import type { SecretPlace } from './place.ts';

export interface StoredSecret extends SecretPlace {
  readonly secretId: string;
  readonly bindings: readonly SecretBinding[];
}

export interface Secrets {
  /** What a turn of this person in this workspace may lease: theirs over the workspace's, by name. */
  visibleTo(workspaceId: string, userId: string): Promise<StoredSecret[]>;
}

/** Egress only. @throws {DeckhandError} `secret_unreadable` */
export interface Vault {
  open(secretId: string): Promise<string>;
}
