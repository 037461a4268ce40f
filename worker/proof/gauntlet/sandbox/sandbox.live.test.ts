import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import { runGroup } from '../attack.ts';
import { openSandboxArena } from './arena.ts';
import { sandboxGroups } from './groups.ts';

const docker = await dockerForTests();
after(() => docker.clear());

for (const group of sandboxGroups) {
  test(`${group.name}: the observer sees what is allowed, and none of ${group.attacks.length} attacks`, async () => {
    const arena = await openSandboxArena(docker);
    try {
      const verdicts = await runGroup(group, arena);
      const wrong = verdicts.filter(({ observed, control }) => observed !== control);
      assert.deepEqual(wrong, []);
      assert.equal(new Set(verdicts.map(({ attack }) => attack)).size, group.attacks.length + 1);
      // Whatever was tried, the person's next command runs.
      const after = await arena.sandbox.run({
        key: 'after',
        script: 'echo fine',
        ...{ timeoutMs: 10_000, maxOutputBytes: 100, maxFileBytes: 100 },
      });
      assert.equal(after.output, 'fine\n');
    } finally {
      await arena.close();
    }
  });
}
