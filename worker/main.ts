import { join } from 'node:path';
import { type Config, readConfig } from '#core/config.ts';
import { sha256 } from '#core/events/canonical.ts';
import { type Core, openCore } from '#core/infra/open-core.ts';
import { type Log, openLog } from '#core/log.ts';
import { endOnCrash, stopSignal, tellSupervisor } from '#core/machine/role.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createAgent } from './agent/agent.ts';
import { createGate } from './agent/models/gate.ts';
import { openModels } from './open-models.ts';
import { buildBaseImage } from './sandbox/docker/base-image.ts';
import { DockerSandboxes } from './sandbox/docker/sandboxes.ts';
import { openSkills } from './skills/skills.ts';
import { startWorker } from './start-worker.ts';

const stop = stopSignal();
const config = readConfig();
const log = openLog('worker', config.DECKHAND_LOG);
endOnCrash(log);
const databaseUrl = config.DATABASE_URL;
if (!databaseUrl) throw new Error('a role needs DATABASE_URL; `npm start` sets it');

const core = await openCore({
  databaseUrl,
  redisUrl: config.REDIS_URL,
  home: config.home,
  name: 'deckhand worker',
});
const sandboxes = await openSandboxes(config, core, log);
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
const worker = await startWorker({ core, agent, sandboxes, skills, slots, limits, log });
tellSupervisor({ ready: true });
log.info(
  { worker: worker.workerId, slots, models: models.order.map(({ provider, name }) => `${provider}:${name}`) },
  'worker is ready',
);

await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
const othersGoOn = await worker.stop();
// The last worker of a host also clears away what a killed one before it had opened.
const nobodyLives = async () => new Set<string>();
if (!othersGoOn)
  await sandboxes.reap(nobodyLives).catch((error) => log.warn({ err: error }, 'not cleared away'));
await sandboxes
  .close({ leave: othersGoOn })
  .catch((error) => log.warn({ err: error }, 'sandboxes are left to the reaper'));
await core.close();
// Handles of vendors (a blocked take, a pooled socket) would hold the process for seconds; all is settled by now.
process.exit(0);

async function openSandboxes(settings: Config, { identities }: Core, parent: Log): Promise<DockerSandboxes> {
  const image = settings.DECKHAND_SANDBOX_IMAGE;
  const onProgress = (line: string) => parent.info(line);
  const { helper } = await buildBaseImage({
    docker: settings.DOCKER_HOST,
    tag: image,
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
    uidFor: async (userId) => {
      const user = await identities.byId(userId);
      if (!user) throw new Error(`no such person: ${userId}`);
      return user.uid;
    },
    onNote: (note) => parent.warn(note),
  });
}
