import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildBaseImage } from './base-image.ts';
import { buildDebianImage, imageExists } from './debian-image.ts';
import { connectEngine } from './engine.ts';
import { dockerForTests } from './engine-for-tests.ts';

const docker = await dockerForTests();
after(() => docker.clear());

test('what is there is not built again', async () => {
  const lines: string[] = [];
  const order = { docker: docker.options.docker, tag: docker.options.image, home: docker.helperHome };
  const { helper } = await buildBaseImage({ ...order, onProgress: (line) => lines.push(line) });
  assert.equal(helper, docker.options.helper);
  assert.deepEqual(lines, []);
});

test('a recipe that cannot be built says so and leaves no image', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-recipe-'));
  const tag = `deckhand/test:${randomUUID()}`;
  const engine = connectEngine(docker.options.docker);
  try {
    await writeFile(join(folder, 'packages.txt'), 'no-such-package-anywhere\n');
    const recipe = { folder, tag, variant: 'extract' } as const;
    await assert.rejects(
      buildDebianImage(engine, recipe, () => {}),
      {
        code: 'image.build_failed',
        message: /no-such-package-anywhere/,
      },
    );
    assert.equal(await imageExists(engine, tag), false);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an engine that is not there says what to do', async () => {
  const order = {
    docker: 'unix:///nonexistent/docker.sock',
    tag: 'deckhand/none:0',
    home: docker.helperHome,
  };
  await assert.rejects(buildBaseImage({ ...order, onProgress: () => {} }), { code: 'sandbox.unavailable' });
});
