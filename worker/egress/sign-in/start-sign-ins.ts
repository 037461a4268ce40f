import { openDueSignIns, openGrants } from '#core/infra/egress/sign-ins.ts';
import type { Core } from '#core/infra/open-core.ts';
import type { Log } from '#core/log.ts';
import type { MasterKeys } from '#core/secrets/master-keys.ts';
import type { OpenVault } from '../vault.ts';
import type { Network } from './checked-fetch.ts';
import { Renewals } from './renewals.ts';
import { keepSignIns } from './sign-in-keeper.ts';

export interface SignInSettings {
  core: Pick<Core, 'database' | 'secrets' | 'policies'>;
  vault: OpenVault;
  keys: () => MasterKeys;
  network: Network;
  log: Log;
  /** Ends it; a step under way is finished first. */
  signal: AbortSignal;
}

/** Somebody looks at a page meanwhile. */
const everyMs = 250;

/** Egress's half of signing in at tool servers, and what renews it for the doors. */
export function startSignIns(settings: SignInSettings): { renewals: Renewals; ended: Promise<void> } {
  const { core, ...rest } = settings;
  const { database, secrets, policies } = core;
  const grants = openGrants(database);
  const ended = keepSignIns({
    ...rest,
    grants,
    secrets,
    policies,
    signIns: openDueSignIns(database),
    everyMs,
  });
  return { renewals: new Renewals({ ...rest, grants, policies }), ended };
}
