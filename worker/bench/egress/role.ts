/** The egress role as its main puts it together, but that every name is at home here. A program. */
import { openDoorWishes } from '#core/infra/egress/doors.ts';
import { openHostAsks } from '#core/infra/egress/host-asks.ts';
import { openStandings } from '#core/infra/egress/leases.ts';
import { openTurnWords } from '#core/infra/egress/turn-words.ts';
import { openMasterKeySource } from '#core/infra/master-key-file.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { openLog } from '#core/log.ts';
import { startSignIns } from '#worker/egress/sign-in/start-sign-ins.ts';
import { startEgress } from '#worker/egress/start-egress.ts';
import { worldRoot } from '#worker/egress/testing/origin.ts';
import { upstreamTrust } from '#worker/egress/upstreams.ts';
import { openVault } from '#worker/egress/vault.ts';

const [, , databaseUrl = '', home = ''] = process.argv;
const log = openLog('egress', 'warn');
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench egress' });
const keys = openMasterKeySource(home, { current: undefined, older: [] });
const vault = openVault({ rows: openVaultRows(core.database), keys, log });
await vault.publish();
const network = { lookup: async () => ['127.0.0.1'], trust: upstreamTrust([worldRoot]), own: () => [] };
const signal = new AbortController().signal;
const { renewals } = startSignIns({ core, vault, keys, network, log, signal });
await startEgress({
  home,
  key: Buffer.alloc(32, 7),
  standings: openStandings(core.database),
  wishes: openDoorWishes(core.database),
  asks: openHostAsks(core.database, openSigningKey(home)),
  egressLog: core.egressLog,
  why: openTurnWords(core.database),
  policies: core.policies,
  secrets: core.secrets,
  vault,
  renewals,
  live: core.live,
  network,
  limits: { holdMs: 1_000, lifeMs: 60_000, connectionsMax: 1_024, requestsMax: 512 },
  idleMs: 3_600_000,
  log,
});
process.on('disconnect', () => process.exit(0));
process.send?.({ at: process.pid });
