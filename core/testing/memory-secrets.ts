import { secretBinding } from '#core/secrets/bindings.ts';
import { resolveSecret } from '#core/secrets/place.ts';
import type { Secrets, StoredSecret, Vault } from '#core/secrets/ports.ts';

/** A secret as a test writes it down. */
export interface SecretForTests {
  secretId: string;
  /** Null: every workspace's. */
  user: string | null;
  name: string;
  value: string;
  /** As `secretBinding` reads it. */
  binding: unknown;
}

/** Secrets and vault in memory: what the stored ones promise, without a database. */
export function memorySecrets(given: readonly SecretForTests[]): Secrets & Vault {
  const stored = (workspace: string): StoredSecret[] =>
    given.map(({ secretId, user, name, binding }) => ({
      secretId,
      user,
      name,
      workspace,
      version: 1,
      bindings: [secretBinding.parse(binding)],
    }));
  return {
    visibleTo: async (workspace, user) => {
      const all = stored(workspace);
      const names = [...new Set(all.map(({ name }) => name))];
      return names.flatMap((name) => resolveSecret(all, { workspace, user, name }) ?? []);
    },
    open: async (secretId) => {
      const found = given.find((one) => one.secretId === secretId);
      if (!found) throw new Error(`no such secret: ${secretId}`);
      return found.value;
    },
  };
}
