import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { freePort } from '#core/machine/ports.ts';

/** docker-compose.yml, set up in a folder of its own as docs/operations.md says. */
export interface Stack {
  /** Absolute DECKHAND_HOME, inside and outside. */
  home: string;
  /** Where the page and the API answer. */
  url: string;
  engine: Docker;
  /** Contents of the files under `secrets/`: what no environment may show. */
  secrets: string[];
  /** Runs docker-compose. @returns what it printed. @throws with what it said. */
  compose(...args: string[]): Promise<string>;
  /** Runs a command in a service; its exit status and output. */
  inside(service: string, ...command: string[]): Promise<{ code: number; said: string }>;
  containerOf(service: string): Promise<Docker.Container>;
}

const project = join(import.meta.dirname, '../../..');
const deckhandUid = 65500;
const maxBuffer = 256 * 1024 * 1024;

/** The commands that docs/operations.md gives for the secrets. */
export async function secretsRecipe(): Promise<string> {
  const words = await readFile(join(project, 'docs/operations.md'), 'utf8');
  const blocks = [...words.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block]) => block ?? '');
  const recipe = blocks.find((block) => block.includes('postgres_password'));
  if (!recipe) throw new Error('docs/operations.md does not say how the secrets are made');
  return recipe;
}

/** @param folder absolute, empty, of this process. */
export async function prepareStack(folder: string, environment: NodeJS.ProcessEnv): Promise<Stack> {
  const socket = new URL(environment.DOCKER_HOST ?? 'unix:///var/run/docker.sock').pathname;
  const home = join(folder, 'home');
  await mkdir(home, { mode: 0o700 });
  await chown(home, deckhandUid, deckhandUid);
  const run = promisify(execFile);
  await run('sh', ['-euc', await secretsRecipe()], { cwd: folder });
  const port = await freePort();
  const name = `deckhand-stack-${process.pid}`;
  const env = {
    ...environment,
    COMPOSE_PROJECT_NAME: name,
    COMPOSE_HTTP_TIMEOUT: '600',
    DECKHAND_VERSION: 'stack',
    DECKHAND_DATA: home,
    DECKHAND_SECRETS: join(folder, 'secrets'),
    DECKHAND_PORT: String(port),
    DOCKER_SOCKET: socket,
    DOCKER_GID: String((await stat(socket)).gid),
  };
  const compose = async (...args: string[]) =>
    (await run('docker-compose', ['-f', join(project, 'docker-compose.yml'), ...args], { env, maxBuffer }))
      .stdout;
  const engine = new Docker({ socketPath: socket });
  return {
    home,
    url: `http://127.0.0.1:${port}`,
    engine,
    secrets: await secretValues(join(folder, 'secrets')),
    compose,
    inside: async (service, ...command) => {
      const [args, options] = [['exec', '-T', service, ...command], { env, maxBuffer }];
      const file = join(project, 'docker-compose.yml');
      return await run('docker-compose', ['-f', file, ...args], options).then(
        ({ stdout }) => ({ code: 0, said: stdout }),
        (fault: { code: number; stdout: string; stderr: string }) => ({
          code: fault.code,
          said: fault.stdout + fault.stderr,
        }),
      );
    },
    containerOf: async (service) => {
      const id = (await compose('ps', '-q', service)).trim();
      if (!id) throw new Error(`there is no container of ${service}`);
      return engine.getContainer(id);
    },
  };
}

async function secretValues(folder: string): Promise<string[]> {
  const names = ['postgres_password', 'redis_password', 'master_key'];
  return await Promise.all(names.map(async (name) => (await readFile(join(folder, name), 'utf8')).trim()));
}
