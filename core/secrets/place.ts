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
}

/** The place as associated data, for one purpose. */
export function placeBytes(purpose: string, { workspace, user, name, version }: SecretPlace): Uint8Array {
  return Buffer.from(canonical({ purpose, workspace, user, name, version }));
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
