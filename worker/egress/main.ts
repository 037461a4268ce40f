import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { join } from 'node:path';
import { maxHoldMs } from '#core/approvals/hold.ts';
import type { Config } from '#core/config.ts';
import { beginRole } from '#core/infra/begin-role.ts';
import { openDoorWishes } from '#core/infra/egress/doors.ts';
import { openHostAsks } from '#core/infra/egress/host-asks.ts';
import { openStandings } from '#core/infra/egress/leases.ts';
import { openTurnWords } from '#core/infra/egress/turn-words.ts';
import { openMasterKeySource } from '#core/infra/master-key-file.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { keptFile } from '#core/machine/kept-file.ts';
import { keyFolder } from '#core/machine/keys.ts';
import { tellSupervisor } from '#core/machine/role.ts';
import { type Range, rangeOf } from '#core/policy/ranges.ts';
import { ownAddressesNow, systemLookup } from './addresses.ts';
import { adoptEntries } from './adopt-entries.ts';
import { startSignIns } from './sign-in/start-sign-ins.ts';
import { startEgress } from './start-egress.ts';
import { upstreamTrust } from './upstreams.ts';
import { openVault } from './vault.ts';

const { stop, config, log, core } = await beginRole('egress');

/** Entered secrets are put into their envelopes this often; they can be used before. */
const adoptMs = 5_000;
const { database } = core;
const signer = openSigningKey(config.home);
const key = keptFile(join(keyFolder(config.home), 'door.key'), () => randomBytes(32).toString('hex'));

const keys = openMasterKeySource(config.home, {
  current: config.DECKHAND_MASTER_KEY,
  older: config.DECKHAND_MASTER_KEYS_OLDER,
});
const vault = openVault({ rows: openVaultRows(database), keys, log });
const adopting = adoptEntries({ vault, log, everyMs: adoptMs, signal: stop });

const network = {
  lookup: systemLookup(),
  trust: upstreamTrust([]),
  own: ownAddressesNow(await addressesOf(config)),
};
const signIns = startSignIns({ core, vault, keys, network, log, signal: stop });
const egress = await startEgress({
  home: config.home,
  key: Buffer.from(key, 'hex'),
  standings: openStandings(database),
  wishes: openDoorWishes(database),
  asks: openHostAsks(database, signer),
  egressLog: core.egressLog,
  why: openTurnWords(database),
  policies: core.policies,
  secrets: core.secrets,
  vault,
  renewals: signIns.renewals,
  live: core.live,
  network,
  limits: {
    holdMs: maxHoldMs,
    lifeMs: config.DECKHAND_APPROVAL_HOURS * 3_600_000,
    connectionsMax: 1_024,
    requestsMax: 512,
  },
  idleMs: 2 * config.DECKHAND_SANDBOX_IDLE_S * 1_000 + 120_000,
  log,
});
tellSupervisor({ ready: true });
log.info('egress is ready');

await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
await egress.stop();
await Promise.all([adopting, signIns.ended]);
await core.close();
// Handles of vendors would hold the process for seconds; all is settled by now.
process.exit(0);

/** Deckhand's own endpoints: never reached from a sandbox, whatever policy names (DOOR.md rule 5). */
async function addressesOf(settings: Config): Promise<Range[]> {
  const urls = [settings.DATABASE_URL, settings.REDIS_URL, settings.DECKHAND_URL, settings.DOCKER_HOST];
  const hosts = urls.flatMap((url) => (url ? new URL(url).hostname.replace(/^\[|\]$/g, '') : []));
  const found = await Promise.allSettled(hosts.filter(Boolean).map((host) => lookup(host, { all: true })));
  return found.flatMap((one) =>
    one.status === 'fulfilled' ? one.value.map(({ address }) => rangeOf(address)) : [],
  );
}
