import { newId } from '#core/ids.ts';
import type { Core } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels } from '#worker/agent/models/models.ts';
import { startDispatcher } from '#worker/dispatcher.ts';
import { keepHouse } from '#worker/keep-house.ts';
import { type FakeHost, FakeSandboxes } from '#worker/sandbox/fake.ts';
import { runTurn } from '#worker/turn-runner.ts';

export const testVersion = '0.0.0-test';

/** A worker as `worker/main.ts` puts it together, with the demo model and sandboxes in memory. Gives its stop. */
export async function startTestWorker(
  t: Releases,
  core: Core,
  host: FakeHost,
  options: { slots?: number; version?: string } = {},
): Promise<{ stop(): Promise<void> }> {
  const { slots = 4, version = testVersion } = options;
  const workerId = newId('wrk');
  const log = openLog('test', 'silent');
  const sandboxes = new FakeSandboxes(host);
  await core.claims.register(workerId, 'test', slots);
  const agent = createAgent({ models: createModels({ model: '', api: 'chat', demoPieceMs: 0 }), version });
  const limits = { commandTimeoutMs: 60_000, approvalLifeMs: 60_000, maxFileBytes: 1_000_000 };
  const deps = { ...core, agent, sandboxes, log, limits };
  const { claims, approvals, bell, sessions } = core;
  const leave = keepHouse({
    workerId,
    claims,
    approvals,
    sandboxes,
    known: sessions.known,
    ringAnew: bell.ringAnew,
    log,
  });
  const dispatcher = startDispatcher({
    workerId,
    slots,
    claims,
    bell,
    log,
    run: (claim, stop) => runTurn(claim, deps, stop),
  });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= dispatcher.stop().then(async () => {
      leave();
      await claims.leave(workerId);
    });
    return stopped;
  };
  t.after(stop);
  return { stop };
}
