import { environmentWith, readConfig } from '#core/config.ts';
import { stopSignal } from '#core/machine/role.ts';
import { prepareHome } from './preflight.ts';
import { generatePrismaClient } from './prisma-client.ts';
import { runProgram } from './run-program.ts';
import { bringSandboxes } from './set-up.ts';
import { openSteps } from './steps.ts';
import { bringTestServer } from './test-server.ts';

/** Brings real Postgres and Docker, then runs one of the programs that prove something at length; its status is ours. */
export async function runProof(file: string): Promise<void> {
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
    file,
    args: process.argv.slice(2),
    environment: environmentWith({ DECKHAND_HOME: config.home, DECKHAND_TEST_SERVER: server }),
    signal,
  });
}
