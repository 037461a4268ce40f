import { openLog } from '#core/log.ts';
import type { TestCore } from '#core/testing/core.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels, type Models } from '#worker/agent/models/models.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { type FakeHost, FakeSandboxes } from '#worker/sandbox/fake.ts';
import { startWorker } from '#worker/start-worker.ts';
import { proveLogs } from './prove-log.ts';

export const testVersion = '0.0.0-test';

/**
 * A worker as `worker/main.ts` puts it together, with sandboxes in memory and, unless told otherwise, the demo
 * model. Gives its stop. When the test ends, every session's log is verified and gone through again.
 */
export async function startTestWorker(
  t: Releases,
  core: TestCore,
  host: FakeHost,
  options: { slots?: number; version?: string; models?: Models } = {},
): Promise<{ stop(): Promise<boolean> }> {
  const { slots = 4, version = testVersion, models = createModels({ demoPieceMs: 0 }) } = options;
  const worker = await startWorker({
    core,
    agent: createAgent({ models, version }),
    sandboxes: new FakeSandboxes(host),
    skills: noSkills,
    slots,
    limits: { commandTimeoutMs: 60_000, approvalLifeMs: 60_000, maxFileBytes: 1_000_000 },
    log: openLog('test', 'silent'),
  });
  let stopped: Promise<boolean> | null = null;
  const stop = () => {
    stopped ??= worker.stop();
    return stopped;
  };
  t.after(async () => {
    await stop();
    await proveLogs(core, version);
  });
  return { stop };
}
