import { spawn } from 'node:child_process';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { takeLock } from '#core/machine/lock.ts';

/** A system with Debian's Synapse; the engine keeps it from run to run. */
export const synapseImage = 'deckhand/synapse:1';

const lockMs = 300_000;

/** A client for DOCKER_HOST. */
export function engineAt(host: string): Docker {
  const url = new URL(host);
  if (url.protocol === 'unix:') return new Docker({ socketPath: url.pathname });
  return new Docker({ protocol: 'http', host: url.hostname, port: Number(url.port || 2375) });
}

/** Sees that the engine has the image, and makes it when not: about a minute, of packages of Debian sid. */
export async function bringSynapseImage(host: string, say: (what: string) => void = () => {}): Promise<void> {
  const engine = engineAt(host);
  if (await isThere(engine)) return;
  const lock = await takeLock(join(tmpdir(), `deckhand-synapse-${userInfo().uid}.lock`), lockMs);
  if (!('release' in lock))
    throw new Error(`process ${lock.pid} has been making ${synapseImage} for too long`);
  using _held = lock;
  if (await isThere(engine)) return;
  say('taking Synapse from Debian packages, about a minute');
  await make(engine);
}

async function isThere(engine: Docker): Promise<boolean> {
  return engine
    .getImage(synapseImage)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

/** Streamed straight into the engine: nothing is left on the host. */
async function make(engine: Docker): Promise<void> {
  const args = [
    '--variant=minbase',
    // sid's lists may be a little old on a mirror.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--include=matrix-synapse',
    '--format=tar',
    'sid',
    '-',
  ];
  const child = spawn('mmdebstrap', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  const ended = new Promise<number | null>((done, fail) => child.on('error', fail).on('close', done));
  const [repo, tag] = synapseImage.split(':');
  const imported = engine
    .importImage(child.stdout, { repo, tag })
    .then(
      (progress) =>
        new Promise<void>((done, fail) =>
          engine.modem.followProgress(progress, (error: Error | null) => (error ? fail(error) : done())),
        ),
    );
  const [code] = await Promise.all([ended, imported]);
  if (code === 0) return;
  await engine
    .getImage(synapseImage)
    .remove({ force: true })
    .catch(() => {});
  throw new Error(`Synapse could not be taken from Debian's packages:\n${said}`);
}
