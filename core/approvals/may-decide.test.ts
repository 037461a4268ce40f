import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayDecide } from './may-decide.ts';

const cases = [
  ['owner', 'somebody', true],
  ['admin', 'somebody', true],
  ['member', 'ana', true],
  ['member', 'somebody', false],
  ['viewer', 'ana', false],
] as const;

for (const [role, userId, expected] of cases) {
  const who = userId === 'ana' ? 'the asker' : 'somebody else';
  test(`I7: ${who} as ${role} ${expected ? 'may' : 'may not'} answer`, () => {
    assert.equal(mayDecide({ userId, role }, { authorId: 'ana' }), expected);
  });
}
