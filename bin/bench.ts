import { join } from 'node:path';
import { environmentWith, readConfig } from '#core/config.ts';
import { stopSignal } from '#core/machine/role.ts';
import type { About } from '#worker/bench/about.ts';
import { benches, benchNames, isBench } from '#worker/bench/benches.ts';
import { settle } from './setup/ending.ts';
import { prepareHome } from './setup/preflight.ts';
import { generatePrismaClient } from './setup/prisma-client.ts';
import { findProgram } from './setup/programs.ts';
import { runProgram } from './setup/run-program.ts';
import { bringBrowser, bringSandboxes } from './setup/set-up.ts';
import { openSteps } from './setup/steps.ts';

/** `npm run bench -- [NAME…]`: prints a table, and a JSON line for each metric. Brings what the named benches measure on. */
async function main(): Promise<void> {
  const signal = stopSignal();
  const config = readConfig();
  prepareHome(config.home);
  await using owned = new AsyncDisposableStack();
  const setting = { config, steps: openSteps(process.stderr), owned, signal };
  const args = process.argv.slice(2);
  const named = args.filter(isBench);
  const needs = (args.includes('--page') ? [] : named.length > 0 ? named : benchNames).flatMap(
    (name) => (benches[name] as About).needs ?? [],
  );
  const parts = [
    setting.steps.run('Prisma client', generatePrismaClient),
    ...(needs.includes('sandboxes') ? [bringSandboxes(setting)] : []),
    ...(needs.includes('browser') ? [bringBrowser(setting)] : []),
  ];
  await Promise.allSettled(parts);
  await Promise.all(parts);
  signal.throwIfAborted();
  process.exitCode = await runProgram({
    file: join(import.meta.dirname, '../worker/bench/main.ts'),
    args,
    environment: environmentWith({
      DECKHAND_HOME: config.home,
      DECKHAND_TEST_CHROMIUM: findProgram('chromium') ?? '',
    }),
    signal,
  });
}

await settle(main);
