import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import { isGood, runGroup } from '../attack.ts';
import { openSandboxArena } from './arena.ts';
import { sandboxGroups } from './groups.ts';

const docker = await dockerForTests();
after(() => docker.clear());

for (const group of sandboxGroups) {
  test(`${group.name}: the observer sees what is allowed, and none of ${group.attacks.length} attacks`, async () => {
    const arena = await openSandboxArena(docker);
    try {
      const verdicts = await runGroup(group, arena);
      const wrong = verdicts.filter((verdict) => !isGood(verdict));
      assert.deepEqual(wrong, []);
      assert.equal(new Set(verdicts.map(({ attack }) => attack)).size, group.attacks.length + 1);
    } finally {
      await arena.close();
    }
  });
}
