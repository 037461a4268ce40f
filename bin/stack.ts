import { join } from 'node:path';
import { environmentWith, readConfig } from '#core/config.ts';
import { stopSignal } from '#core/machine/role.ts';
import { bringDockerEngine } from './setup/docker-engine.ts';
import { settle } from './setup/ending.ts';
import { prepareHome } from './setup/preflight.ts';
import { bringPrograms } from './setup/programs.ts';
import { runProgram } from './setup/run-program.ts';
import { bringStackBases, stackBases } from './setup/stack-images.ts';
import { openSteps } from './setup/steps.ts';

/** `npm run stack`: brings docker-compose and base images, then builds, starts, tries and takes down the production stack. */
async function main(): Promise<void> {
  const signal = stopSignal();
  const config = readConfig();
  prepareHome(config.home);
  const steps = openSteps(process.stderr);
  await using owned = new AsyncDisposableStack();
  owned.defer(await steps.run('Docker engine', (say) => bringDockerEngine(config, say, signal)));
  await steps.run('docker-compose', (say) =>
    bringPrograms({
      packages: { 'docker-compose': 'docker-compose' },
      purpose: 'it runs the production stack',
      allowed: config.DECKHAND_DOCKER_INSTALL,
      say,
      signal,
    }),
  );
  await steps.run('Base images', (say) => bringStackBases(config, say, signal));
  process.exitCode = await runProgram({
    file: join(import.meta.dirname, '../worker/proof/stack/main.ts'),
    args: process.argv.slice(2),
    environment: { ...environmentWith({ DOCKER_HOST: config.DOCKER_HOST }), ...stackBases },
    signal,
  });
}

await settle(main);
