import { appendRows } from '#core/infra/event-rows.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { openLog } from '#core/log.ts';
import { endOnCrash } from '#core/machine/role.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels } from '#worker/agent/models/models.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { DockerSandboxes } from '#worker/sandbox/docker/sandboxes.ts';
import { startWorker } from '#worker/start-worker.ts';
import { openDeath } from './death.ts';
import { MortalAppender, mortalBell, mortalSandboxes } from './mortal.ts';
import { chaosVersion, readRoleSettings, reportReady } from './role-settings.ts';

/** The worker role as `worker/main.ts` puts it together, but for the ports that may die. A program. */
const { databaseUrl, home, sandbox, death } = readRoleSettings(process.argv);
if (!sandbox) throw new Error('these workers need a Docker engine');
const reached = openDeath(death);
const log = openLog('worker', 'info');
endOnCrash(log);
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'chaos worker' });
const docker = new DockerSandboxes({
  ...sandbox,
  snapshots: core,
  uidFor: async (userId) => (await core.identities.byId(userId))?.uid ?? 0,
  onNote: () => {},
});
const { workerId } = await startWorker({
  core: {
    ...core,
    appender: new MortalAppender(
      (rows) => appendRows(core.database.pool, rows),
      openSigningKey(home),
      reached,
    ),
    bell: mortalBell(core.bell, reached),
  },
  agent: createAgent({
    models: createModels({ demoPieceMs: 0 }),
    version: chaosVersion,
  }),
  skills: noSkills,
  sandboxes: mortalSandboxes(docker, reached),
  slots: 4,
  limits: { commandTimeoutMs: 60_000, approvalLifeMs: 3_600_000, maxFileBytes: 1_000_000 },
  log,
});
reportReady({ worker: workerId });
