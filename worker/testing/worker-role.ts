/** The worker role as its main puts it together, with the demo model. A program that a test may kill. */
import { openDoors } from '#core/infra/egress/doors.ts';
import { openLeases } from '#core/infra/egress/leases.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import { endOnCrash } from '#core/machine/role.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels } from '#worker/agent/models/models.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { HELPER_UID, type SandboxOptions } from '#worker/sandbox/docker/options.ts';
import { DockerSandboxes } from '#worker/sandbox/docker/sandboxes.ts';
import { startWorker } from '#worker/start-worker.ts';

export interface WorkerForTests {
  databaseUrl: string;
  home: string;
  sandbox: Pick<SandboxOptions, 'instance' | 'image' | 'helper'>;
}

const given = JSON.parse(process.argv[2] ?? 'null') as WorkerForTests;
const log = openLog('worker', 'warn');
endOnCrash(log);
// A test that is gone takes its role with it.
process.on('disconnect', () => process.exit(0));
const { databaseUrl, home, sandbox } = given;
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'test worker' });
const doors = openDoors(core.database, core.live, { home, socketUid: HELPER_UID });
await startWorker({
  core,
  agent: createAgent({ models: createModels({ demoPieceMs: 0 }), version: 'test' }),
  sandboxes: new DockerSandboxes({
    ...sandbox,
    docker: 'unix:///var/run/docker.sock',
    home,
    runtime: 'runc',
    memoryMb: 512,
    cpus: 1,
    pids: 256,
    diskMb: 256,
    idleSeconds: 600,
    door: doors,
    uidFor: async (userId) => (await core.identities.byId(userId))?.uid ?? 0,
    onNote: () => {},
  }),
  skills: noSkills,
  way: { doors, leases: openLeases(core.database), secrets: core.secrets },
  slots: 4,
  limits: { commandTimeoutMs: 60_000, approvalLifeMs: 3_600_000, maxFileBytes: 1_000_000 },
  log,
});
process.send?.({ ready: true });
