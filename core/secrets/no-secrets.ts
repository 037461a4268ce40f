import { DeckhandError } from '#core/errors.ts';
import type { Secrets, Vault } from './ports.ts';

/** An instance that keeps no secrets. */
export const noSecrets: Secrets & Vault = {
  visibleTo: async () => [],
  open: async () => {
    throw new DeckhandError('secret_unreadable', 'This instance keeps no secrets.', { blame: 'machine' });
  },
};
