import { Appender } from '#core/events/appender.ts';
import { appendRows } from '#core/infra/event-rows.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { openLog } from '#core/log.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels } from '#worker/agent/models/models.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { FakeSandboxes } from '#worker/sandbox/fake.ts';
import { startWorker } from '#worker/start-worker.ts';
import { testVersion } from './worker.ts';

/** Where a worker of a test ends itself, as `kill -9` would. */
export type DiesAt = 'before it takes' | 'after it took' | 'after its receipt' | 'in its next question';

const { databaseUrl, home, dies } = JSON.parse(process.argv[2] ?? '{}') as {
  databaseUrl: string;
  home: string;
  dies: DiesAt | null;
};
const reached = (point: DiesAt): void => {
  if (point === dies) process.kill(process.pid, 'SIGKILL');
};

const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'dying worker' });
const appender = new Appender(async (rows) => {
  const heard = rows.some(({ type, key }) => type === 'effect.receipt' && key?.startsWith('steer:'));
  const asks = rows.some(({ type, key }) => type === 'effect.intent' && key === 'model:1');
  const seqs = await appendRows(core.database.pool, rows);
  if (heard) reached('after its receipt');
  if (asks) reached('in its next question');
  return seqs;
}, openSigningKey(home));
const steers = {
  ...core.steers,
  take: async (...asked: Parameters<typeof core.steers.take>) => {
    reached('before it takes');
    const taken = await core.steers.take(...asked);
    reached('after it took');
    return taken;
  },
};
await startWorker({
  core: { ...core, appender, steers },
  agent: createAgent({ models: createModels({ demoPieceMs: 0 }), version: testVersion }),
  sandboxes: new FakeSandboxes(),
  skills: noSkills,
  slots: 1,
  limits: { commandTimeoutMs: 60_000, approvalLifeMs: 3_600_000, maxFileBytes: 1_000_000 },
  log: openLog('worker', 'silent'),
});
process.send?.('ready');
