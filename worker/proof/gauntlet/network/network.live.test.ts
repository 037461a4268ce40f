import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isGood, runGroup } from '../attack.ts';
import { openNetworkArena } from './arena.ts';
import { networkGroups } from './groups.ts';

const arena = await openNetworkArena();
after(() => arena.close());
/** Of each group, so that this stays quick; `npm run gauntlet` makes them all. */
const most = 2;

for (const group of networkGroups) {
  test(`${group.name}: the observer sees what is allowed, and none of the attacks`, async () => {
    const verdicts = await runGroup(group, arena, most);
    assert.deepEqual(
      verdicts.filter((verdict) => !isGood(verdict)),
      [],
    );
  });
}
