import { join } from 'node:path';
import { environmentWith, readConfig } from '#core/config.ts';
import { stopSignal } from '#core/machine/role.ts';
import { settle } from './setup/ending.ts';
import { prepareHome } from './setup/preflight.ts';
import { generatePrismaClient } from './setup/prisma-client.ts';
import { runProgram } from './setup/run-program.ts';
import { openSteps } from './setup/steps.ts';
import { bringTestServer } from './setup/test-server.ts';

/** `npm run fuzz -- [--requests N] [--seed X]`: requests made from the API's own document, until one gets a 500. */
async function main(): Promise<void> {
  const signal = stopSignal();
  const config = readConfig();
  prepareHome(config.home);
  await using owned = new AsyncDisposableStack();
  const setting = { config, steps: openSteps(process.stderr), owned, signal };
  await setting.steps.run('Prisma client', generatePrismaClient);
  const server = await bringTestServer(setting);
  signal.throwIfAborted();
  process.exitCode = await runProgram({
    file: join(import.meta.dirname, '../bots/http/testing/fuzz/main.ts'),
    args: process.argv.slice(2),
    environment: environmentWith({ DECKHAND_HOME: config.home, DECKHAND_TEST_SERVER: server }),
    signal,
  });
}

await settle(main);
