import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandOf, newSession } from '../contract-ground.ts';
import { buildDebianImage } from './debian-image.ts';
import { connectEngine } from './engine.ts';
import { dockerForTests } from './engine-for-tests.ts';

const docker = await dockerForTests();
const engine = connectEngine(docker.options.docker);
const image = `deckhand/test:${randomUUID()}`;
const folder = await mkdtemp(join(tmpdir(), 'deckhand-foreign-'));
after(async () => {
  await docker.clear();
  await engine
    .getImage(image)
    .remove({ force: true })
    .catch(() => {});
  await rm(folder, { recursive: true });
});

test('an image that knows nothing of Deckhand runs commands, keeps files and is as closed', async () => {
  await writeFile(join(folder, 'packages.txt'), 'bash\n');
  await writeFile(join(folder, 'Dockerfile'), 'FROM debian:bookworm-slim\n');
  await buildDebianImage(engine, { folder, tag: image, variant: 'minbase' }, () => {});
  for (const warm of [0, 1]) {
    const worker = docker.worker({ image, warm });
    try {
      await worker.warm();
      const sandbox = await worker.open({ sessionId: newSession(), userId: 'usr_ana' });
      await sandbox.writeFile('in', Buffer.from('put in\n'));
      const result = await sandbox.run(
        commandOf('cat in; id -u; touch /usr/x; cat /proc/self/status; ls /sys/class/net'),
      );
      assert.match(result.output, /^put in\n7\d+\n.*Read-only file system/);
      assert.match(result.output, /^CapBnd:\s+0+$/m);
      assert.match(result.output, /\nlo\n$/);
    } finally {
      await worker.close();
    }
  }
});

test('a runtime that the engine does not have is named in the error', async () => {
  const worker = docker.worker({ runtime: 'runsc-that-is-not-there' });
  await assert.rejects(worker.open({ sessionId: newSession(), userId: 'usr_ana' }), {
    code: 'sandbox.unavailable',
    message: /runsc-that-is-not-there/,
  });
});

test('the base image has a current Node, npm and npx, and its fetch takes the proxy from the environment', () =>
  docker.inSandbox(async (run) => {
    const { output } = await run('node --version; npm --version; npx --version');
    assert.match(output, /^v24\.\d+\.\d+\n11\.\d+\.\d+\n11\.\d+\.\d+\n/);
    const fetching = `fetch('http://example.test/').catch((error) => console.log(error.cause?.message ?? error.message))`;
    const proxied = await run(`NODE_USE_ENV_PROXY=1 http_proxy=http://127.0.0.1:9 node -e "${fetching}"`);
    assert.match(proxied.output, /127\.0\.0\.1:9/);
  }));
