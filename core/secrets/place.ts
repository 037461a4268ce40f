import { canonical } from '#core/events/canonical.ts';

/**
 * Where a secret belongs. It is the associated data of every encryption, so a row moved to another workspace, user,
 * name or version does not open.
 */
export interface SecretPlace {
  readonly workspace: string;
  /** Null: the workspace's default. */
  readonly user: string | null;
  readonly name: string;
  readonly version: number;
  /**
   * SHA-256 of where it may go, as stored: then a row whose bindings were changed does not open either, and nobody who
   * can write rows can send a secret elsewhere.
   */
  readonly boundTo?: string;
}

/** The place as associated data, for one purpose. */
export function placeBytes(
  purpose: string,
  { workspace, user, name, version, boundTo }: SecretPlace,
): Uint8Array {
  const bound = boundTo === undefined ? {} : { boundTo };
  return Buffer.from(canonical({ purpose, workspace, user, name, version, ...bound }));
}

/**
 * The secret that a user's turn gets for a name: their own, else the workspace's default; of each the newest version.
 * Never another user's.
 */
export function resolveSecret<T extends SecretPlace>(
  stored: readonly T[],
  wanted: { workspace: string; user: string; name: string },
): T | undefined {
  const newest = (user: string | null) =>
    stored
      .filter((one) => one.workspace === wanted.workspace && one.name === wanted.name && one.user === user)
      .reduce<T | undefined>((best, one) => (best && best.version >= one.version ? best : one), undefined);
  return newest(wanted.user) ?? newest(null);
}
