/** The egress role as its main puts it together, but for names and trust, which a test gives. A program. */
import { openDoorWishes } from '#core/infra/egress/doors.ts';
import { openHostAsks } from '#core/infra/egress/host-asks.ts';
import { openStandings } from '#core/infra/egress/leases.ts';
import { openTurnWords } from '#core/infra/egress/turn-words.ts';
import { openMasterKeySource } from '#core/infra/master-key-file.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { openLog } from '#core/log.ts';
import { endOnCrash } from '#core/machine/role.ts';
import { ownAddressesNow, systemLookup } from '#worker/egress/addresses.ts';
import type { Lookup } from '#worker/egress/ports.ts';
import { startSignIns } from '#worker/egress/sign-in/start-sign-ins.ts';
import { startEgress } from '#worker/egress/start-egress.ts';
import { upstreamTrust } from '#worker/egress/upstreams.ts';
import { openVault } from '#worker/egress/vault.ts';

export interface EgressForTests {
  databaseUrl: string;
  home: string;
  /** Whom upstream servers may be certified by (PEM). */
  roots: string[];
  holdMs: number;
  /** Names are looked up, and this machine's addresses refused, as in production; else every name is at 127.0.0.1. */
  realNetwork: boolean;
}

const atHome: Lookup = async (host) => {
  process.send?.({ looked: host });
  return ['127.0.0.1'];
};
const given = JSON.parse(process.argv[2] ?? 'null') as EgressForTests;
const log = openLog('egress', 'trace');
endOnCrash(log);
// A test that is gone takes its role with it.
process.on('disconnect', () => process.exit(0));
const { databaseUrl, home } = given;
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'test egress' });
const signer = openSigningKey(home);
const keys = openMasterKeySource(home, { current: undefined, older: [] });
const vault = openVault({ rows: openVaultRows(core.database), keys, log });
await vault.publish();
const network = {
  ...(given.realNetwork
    ? { lookup: systemLookup(), own: ownAddressesNow([]) }
    : { lookup: atHome, own: () => [] }),
  trust: upstreamTrust(given.roots),
};
const signal = new AbortController().signal;
const { renewals } = startSignIns({ core, vault, keys, network, log, signal });
await startEgress({
  home,
  key: Buffer.alloc(32, 7),
  standings: openStandings(core.database),
  wishes: openDoorWishes(core.database),
  asks: openHostAsks(core.database, signer),
  egressLog: core.egressLog,
  why: openTurnWords(core.database),
  policies: core.policies,
  secrets: core.secrets,
  vault,
  renewals,
  live: core.live,
  network,
  limits: { holdMs: given.holdMs, lifeMs: 3_600_000, connectionsMax: 1_024, requestsMax: 512 },
  idleMs: 600_000,
  log,
});
process.send?.({ ready: true });
