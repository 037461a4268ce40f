import { join } from 'node:path';
import { environmentWith, readConfig } from '#core/config.ts';
import { stopSignal } from '#core/machine/role.ts';
import { settle } from './setup/ending.ts';
import { prepareHome } from './setup/preflight.ts';
import { generatePrismaClient } from './setup/prisma-client.ts';
import { runProgram } from './setup/run-program.ts';
import { openSteps } from './setup/steps.ts';

/** `npm run bench -- [NAME…]`: prints a table, and a JSON line for each metric. A bench starts what it measures on. */
async function main(): Promise<void> {
  const signal = stopSignal();
  const config = readConfig();
  prepareHome(config.home);
  await openSteps(process.stderr).run('Prisma client', generatePrismaClient);
  process.exitCode = await runProgram({
    file: join(import.meta.dirname, '../worker/bench/main.ts'),
    args: process.argv.slice(2),
    environment: environmentWith({ DECKHAND_HOME: config.home }),
    signal,
  });
}

await settle(main);
