import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCore } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import { endOnCrash } from '#core/machine/role.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels } from '#worker/agent/models/models.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { readRoleSettings, reportReady } from '#worker/proof/chaos/role-settings.ts';
import { FakeHost, FakeSandboxes } from '#worker/sandbox/fake.ts';
import type { Command } from '#worker/sandbox/port.ts';
import { startWorker } from '#worker/start-worker.ts';
import { countedFile } from './counted.ts';

/**
 * A worker whose sandboxes die with it, as those of a host that burns down: what a command did stands in a file, which
 * is how the bench counts what was done twice. A program.
 */
const { databaseUrl, home } = readRoleSettings(process.argv);
const log = openLog('worker', 'warn');
endOnCrash(log);
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench worker' });

class CountingHost extends FakeHost {
  override start(session: Parameters<FakeHost['start']>[0], command: Command) {
    appendFileSync(join(home, countedFile), `${command.script}\n`);
    return super.start(session, command);
  }
}

const { workerId } = await startWorker({
  core,
  agent: createAgent({ models: createModels({ demoPieceMs: 0 }), version: 'bench' }),
  skills: noSkills,
  sandboxes: new FakeSandboxes(new CountingHost()),
  slots: 8,
  limits: { commandTimeoutMs: 60_000, approvalLifeMs: 60_000, maxFileBytes: 1_000_000 },
  log,
});
reportReady({ worker: workerId });
