import { bringSynapseImage } from '#bots/matrix/testing/synapse-image.ts';
import { environmentWith, readConfig } from '#core/config.ts';
import { stopSignal } from '#core/machine/role.ts';
import { settle } from './setup/ending.ts';
import { prepareHome } from './setup/preflight.ts';
import { generatePrismaClient } from './setup/prisma-client.ts';
import { bringPrograms, findProgram } from './setup/programs.ts';
import { bringBrowser, bringSandboxes, type SetUp } from './setup/set-up.ts';
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
  const parts = [bringTestServer(setting), bringEngine(setting), bringBrowser(setting)] as const;
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

/** The engine with its images: of sandboxes, and of the homeserver that the Matrix door is tested on. */
async function bringEngine(setting: SetUp): Promise<void> {
  await bringSandboxes(setting);
  const { config, steps, signal } = setting;
  await steps.run('Synapse image', async (say) => {
    await bringPrograms({
      packages: { mmdebstrap: 'mmdebstrap' },
      purpose: 'it makes a homeserver for tests from Debian packages',
      allowed: config.DECKHAND_DOCKER_INSTALL,
      say,
      signal,
    });
    await bringSynapseImage(config.DOCKER_HOST, say);
  });
}

await settle(main);
