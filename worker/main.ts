import { join } from 'node:path';
import type { Config } from '#core/config.ts';
import type { Doors } from '#core/doors/ports.ts';
import { sha256 } from '#core/events/canonical.ts';
import { beginRole } from '#core/infra/begin-role.ts';
import { openDoors } from '#core/infra/egress/doors.ts';
import { openLeases } from '#core/infra/egress/leases.ts';
import type { Core } from '#core/infra/open-core.ts';
import type { Log } from '#core/log.ts';
import { tellSupervisor } from '#core/machine/role.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createAgent } from './agent/agent.ts';
import { createGate } from './agent/models/gate.ts';
import { openModels } from './open-models.ts';
import { settleReplays } from './replay/settle-replays.ts';
import { buildBaseImage } from './sandbox/docker/base-image.ts';
import { HELPER_UID } from './sandbox/docker/options.ts';
import { DockerSandboxes } from './sandbox/docker/sandboxes.ts';
import { startScheduler } from './scheduler.ts';
import { openSkills } from './skills/skills.ts';
import { startWorker } from './start-worker.ts';

const { stop, config, log, core } = await beginRole('worker');

const doors = openDoors(core.database, core.live, { home: config.home, socketUid: HELPER_UID });
const way = { doors, leases: openLeases(core.database), secrets: core.secrets };
const sandboxes = await openSandboxes(config, core, doors, log);
// Beside the start: nobody waits for it.
void sandboxes.warm();
const models = openModels(config);
const agent = createAgent({
  models,
  version: packageJson.version,
  gate: createGate({ concurrency: config.DECKHAND_MODEL_CALLS }),
});
const skills = openSkills({ folders: [join(config.home, 'skills')], onNote: (note) => log.warn(note) });

const slots = config.DECKHAND_WORKER_SLOTS;
const limits = {
  commandTimeoutMs: config.DECKHAND_COMMAND_TIMEOUT_S * 1000,
  approvalLifeMs: config.DECKHAND_APPROVAL_HOURS * 3_600_000,
  maxFileBytes: config.DECKHAND_MAX_FILE_MB * 1024 * 1024,
};
const worker = await startWorker({
  core,
  agent,
  sandboxes,
  skills,
  way,
  slots,
  limits,
  scheduleLimits: {
    floorMs: config.DECKHAND_SCHEDULE_FLOOR_S * 1000,
    maxPerOwner: config.DECKHAND_MAX_SCHEDULES,
  },
  archiveAfterDays: config.DECKHAND_ARCHIVE_DAYS,
  log,
});
const scheduler = startScheduler({ clockwork: core.clockwork, log });
const replaying = settleReplays({ ...core, version: packageJson.version, log });
tellSupervisor({ ready: true });
log.info(
  { worker: worker.workerId, slots, models: models.order.map(({ provider, name }) => `${provider}:${name}`) },
  'worker is ready',
);

await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
await scheduler.stop();
await replaying.stop();
const othersGoOn = await worker.stop();
// The last worker of a host also clears away what a killed one before it had opened.
await sandboxes
  .close(othersGoOn ? { leave: true } : { all: true })
  .catch((error) => log.warn({ err: error }, 'sandboxes are left to the reaper'));
await core.close();
// Handles of vendors (a blocked take, a pooled socket) would hold the process for seconds; all is settled by now.
process.exit(0);

async function openSandboxes(
  settings: Config,
  { identities, snapshots, blobs }: Core,
  door: Doors,
  parent: Log,
): Promise<DockerSandboxes> {
  const image = settings.DECKHAND_SANDBOX_IMAGE;
  const onProgress = (line: string) => parent.info(line);
  const { helper } = await buildBaseImage({
    docker: settings.DOCKER_HOST,
    tag: image,
    from: settings.DECKHAND_DEBIAN_IMAGE,
    home: settings.home,
    onProgress,
  });
  return new DockerSandboxes({
    docker: settings.DOCKER_HOST,
    instance: sha256(settings.home).slice(0, 12),
    home: settings.home,
    image,
    helper,
    runtime: settings.DECKHAND_SANDBOX_RUNTIME,
    memoryMb: settings.DECKHAND_SANDBOX_MEMORY_MB,
    cpus: settings.DECKHAND_SANDBOX_CPUS,
    pids: settings.DECKHAND_SANDBOX_PIDS,
    diskMb: settings.DECKHAND_SANDBOX_DISK_MB,
    idleSeconds: settings.DECKHAND_SANDBOX_IDLE_S,
    snapshots: { snapshots, blobs },
    warm: settings.DECKHAND_SANDBOX_WARM,
    door,
    uidFor: async (userId) => {
      const user = await identities.byId(userId);
      if (!user) throw new Error(`no such person: ${userId}`);
      return user.uid;
    },
    onNote: (note) => parent.warn(note),
  });
}
