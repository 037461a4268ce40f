import type { Core } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels } from '#worker/agent/models/models.ts';
import { type FakeHost, FakeSandboxes } from '#worker/sandbox/fake.ts';
import { type RunningWorker, startWorker } from '#worker/start-worker.ts';

export const testVersion = '0.0.0-test';

const limits = { commandTimeoutMs: 60_000, approvalLifeMs: 60_000, maxFileBytes: 1_000_000 };

/** A worker with the demo model and sandboxes in memory, stopped when the test ends. */
export async function startTestWorker(
  t: Releases,
  core: Core,
  host: FakeHost,
  { slots = 4, version = testVersion }: { slots?: number; version?: string } = {},
): Promise<RunningWorker> {
  const agent = createAgent({ models: createModels({ model: '', api: 'chat', demoPieceMs: 0 }), version });
  const sandboxes = new FakeSandboxes(host);
  const worker = await startWorker({ core, agent, sandboxes, slots, limits, log: openLog('test', 'silent') });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= worker.stop();
    return stopped;
  };
  t.after(stop);
  return { ...worker, stop };
}
