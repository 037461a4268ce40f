import { appendRows } from '#core/infra/event-rows.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { openLog } from '#core/log.ts';
import { endOnCrash, stopSignal } from '#core/machine/role.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels } from '#worker/agent/models/models.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { FakeHost, FakeSandboxes } from '#worker/sandbox/fake.ts';
import { startWorker } from '#worker/start-worker.ts';
import { openDeath } from '../chaos/death.ts';
import { MortalAppender, mortalBell, mortalSandboxes } from '../chaos/mortal.ts';
import { chaosVersion, readRoleSettings, reportReady } from '../chaos/role-settings.ts';

/** The worker role with sandboxes in memory: messages are counted here, not what commands did. A program. */
const { databaseUrl, home, death, version = chaosVersion } = readRoleSettings(process.argv);
const reached = openDeath(death);
const log = openLog('worker', 'info');
endOnCrash(log);
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'conserve worker' });
const appender = new MortalAppender(
  (rows) => appendRows(core.database.pool, rows),
  openSigningKey(home),
  reached,
);
const stop = stopSignal();
const worker = await startWorker({
  core: { ...core, appender, bell: mortalBell(core.bell, reached) },
  agent: createAgent({ models: createModels({ demoPieceMs: 0 }), version }),
  skills: noSkills,
  sandboxes: mortalSandboxes(new FakeSandboxes(new FakeHost()), reached),
  slots: 8,
  limits: { commandTimeoutMs: 60_000, approvalLifeMs: 3_600_000, maxFileBytes: 1_000_000 },
  log,
});
reportReady({ worker: worker.workerId });
await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
await worker.stop();
await core.close();
process.exit(0);
