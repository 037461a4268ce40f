import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import { isGood, runGroup } from '../attack.ts';
import { openSandboxArena } from './arena.ts';
import { sandboxGroups } from './groups.ts';

const docker = await dockerForTests();
after(() => docker.clear());
/** Of each group, so that this stays quick; `npm run gauntlet` makes them all. */
const most = 4;

for (const group of sandboxGroups) {
  test(`${group.name}: the observer sees what is allowed, and none of the attacks`, async () => {
    const arena = await openSandboxArena(docker);
    try {
      const verdicts = await runGroup(group, arena, most);
      const wrong = verdicts.filter((verdict) => !isGood(verdict));
      assert.deepEqual(wrong, []);
    } finally {
      await arena.close();
    }
  });
}
