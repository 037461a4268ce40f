import { environmentWith, readConfig } from '#core/config.ts';
import { stopSignal } from '#core/machine/role.ts';
import { settle } from './setup/ending.ts';
import { prepareHome } from './setup/preflight.ts';
import { generatePrismaClient } from './setup/prisma-client.ts';
import { bringPrograms, findProgram } from './setup/programs.ts';
import { bringSandboxes, type SetUp } from './setup/set-up.ts';
import { openSteps } from './setup/steps.ts';
import { runTests, testFiles } from './setup/test-files.ts';
import { bringTestServer } from './setup/test-server.ts';

/** `npm test [-- FILE…]`: brings real Postgres, Docker and a browser, runs the tests on them, clears up. */
async function main(): Promise<void> {
  const signal = stopSignal();
  const config = readConfig();
  prepareHome(config.home);
  await using owned = new AsyncDisposableStack();
  const setting = { config, steps: openSteps(process.stderr), owned, signal };
  const given = process.argv.slice(2);
  const parts = [bringTestServer(setting), bringSandboxes(setting), bringBrowser(setting)] as const;
  await Promise.allSettled([...parts, setting.steps.run('Prisma client', generatePrismaClient)]);
  const [server] = await Promise.all(parts);
  signal.throwIfAborted();
  process.exitCode = await runTests({
    files: given.length > 0 ? given : testFiles(),
    environment: environmentWith({
      DECKHAND_HOME: config.home,
      DECKHAND_TEST_SERVER: server,
      DECKHAND_TEST_CHROMIUM: findProgram('chromium') ?? '',
    }),
    signal,
    say: (text) => process.stdout.write(text),
  });
}

async function bringBrowser({ config, steps, signal }: SetUp): Promise<void> {
  await steps.run('Chromium', (say) =>
    bringPrograms({
      packages: { chromium: 'chromium' },
      purpose: 'the page is tested in a real browser',
      allowed: config.DECKHAND_DOCKER_INSTALL,
      say,
      signal,
    }),
  );
}

await settle(main);
