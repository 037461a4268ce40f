import { join } from 'node:path';
import { environmentWith, readConfig } from '#core/config.ts';
import { stopSignal } from '#core/machine/role.ts';
import { settle } from './setup/ending.ts';
import { prepareHome } from './setup/preflight.ts';
import { generatePrismaClient } from './setup/prisma-client.ts';
import { runProgram } from './setup/run-program.ts';
import { bringSandboxes } from './setup/set-up.ts';
import { openSteps } from './setup/steps.ts';
import { bringTestServer } from './setup/test-server.ts';

/** `npm run gauntlet -- [--only TEXT]`: brings real Postgres and Docker, then attacks the sandbox and the door. */
async function main(): Promise<void> {
  const signal = stopSignal();
  const config = readConfig();
  prepareHome(config.home);
  await using owned = new AsyncDisposableStack();
  const setting = { config, steps: openSteps(process.stderr), owned, signal };
  const parts = [bringTestServer(setting), bringSandboxes(setting)] as const;
  await Promise.allSettled([...parts, setting.steps.run('Prisma client', generatePrismaClient)]);
  const [server] = await Promise.all(parts);
  signal.throwIfAborted();
  process.exitCode = await runProgram({
    file: join(import.meta.dirname, '../worker/proof/gauntlet/main.ts'),
    args: process.argv.slice(2),
    environment: environmentWith({ DECKHAND_HOME: config.home, DECKHAND_TEST_SERVER: server }),
    signal,
  });
}

await settle(main);
