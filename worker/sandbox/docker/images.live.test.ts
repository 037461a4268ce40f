import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { findScript } from '#worker/agent/tools/find-skills.ts';
import { commandOf, newSession } from '../contract-ground.ts';
import { dockerForTests } from './engine-for-tests.ts';

const docker = await dockerForTests();
const image = `deckhand/test-other:${randomUUID()}`;
execFileSync('docker', ['build', '-q', '-t', image, '-'], {
  input: `FROM ${docker.options.image}\nRUN echo other > /etc/which\n`,
});
after(async () => {
  await docker.clear();
  execFileSync('docker', ['rmi', '-f', image]);
});

const which = () => commandOf('cat /etc/which 2>/dev/null || echo usual; cat kept 2>/dev/null');

test('a session gets the image that its template asks for and goes back to the usual one; its files stay', async () => {
  for (const warm of [0, 1]) {
    const worker = docker.worker({ warm });
    const spec = { sessionId: newSession(), userId: 'usr_ana' };
    try {
      await worker.warm();
      const usual = await worker.open({ ...spec, epoch: 1 });
      await usual.writeFile('kept', Buffer.from('kept'));
      assert.equal((await usual.run(which())).output, 'usual\nkept');
      const other = await worker.open({ ...spec, epoch: 2, image });
      assert.equal((await other.run(which())).output, 'other\nkept');
      // Another worker of this host finds the one that runs, and replaces it when its turn wants another.
      const second = docker.worker();
      const same = await second.open({ ...spec, epoch: 3, image });
      assert.equal((await same.run(which())).output, 'other\nkept');
      const back = await second.open({ ...spec, epoch: 4 });
      assert.equal((await back.run(which())).output, 'usual\nkept');
      await second.close();
    } finally {
      await worker.close();
    }
  }
});

test('an image that is not there is named, with what can be done about it', async () => {
  const worker = docker.worker();
  try {
    await assert.rejects(
      worker.open({ sessionId: newSession(), userId: 'usr_ana', image: 'nobody/has-this:1' }),
      { code: 'sandbox.image_missing', message: /nobody\/has-this:1[\s\S]+docker pull/ },
    );
  } finally {
    await worker.close();
  }
});

test('a command has the environment that it is given, whatever stands in it', () =>
  docker.inSandbox(async (run) => {
    const { output } = await run('printf %s "$WHO"', { env: { WHO: `it's "$(id)" \\ \n ü` } });
    assert.equal(output, `it's "$(id)" \\ \n ü`);
  }));

test('skills of repositories are found where they lie, and nothing else is', () =>
  docker.inSandbox(async (run) => {
    const makes = [
      'mkdir -p app/skills/deploy app/.agents/skills/test app/node_modules/x/skills/no app/docs .deckhand/skills/no',
      'touch app/skills/deploy/SKILL.md app/.agents/skills/test/SKILL.md app/node_modules/x/skills/no/SKILL.md',
      'touch app/docs/SKILL.md .deckhand/skills/no/SKILL.md; ln -s /etc app/skills/out; ln -s /etc/passwd app/skills/deploy/x',
    ];
    await run(makes.join('; '));
    const { output } = await run(findScript);
    assert.deepEqual(output.trim().split('\n'), [
      '/workspace/app/skills/deploy/SKILL.md',
      '/workspace/app/.agents/skills/test/SKILL.md',
    ]);
  }));
