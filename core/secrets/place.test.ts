import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSecret, type SecretPlace } from './place.ts';

const row = (user: string | null, version = 1, workspace = 'w', name = 'TOKEN'): SecretPlace => ({
  workspace,
  user,
  name,
  version,
});
const wanted = { workspace: 'w', user: 'ana', name: 'TOKEN' };

const table: Array<[what: string, stored: SecretPlace[], expected: SecretPlace | undefined]> = [
  ["a user's own overrides the workspace's default", [row(null), row('ana')], row('ana')],
  ['the default serves who has none', [row(null), row('ben')], row(null)],
  ["another user's never serves", [row('ben')], undefined],
  ["another workspace's never serves", [row('ana', 1, 'x'), row(null, 1, 'x')], undefined],
  ['another name does not serve', [row('ana', 1, 'w', 'OTHER')], undefined],
  [
    'the newest version serves',
    [row('ana', 2), row('ana', 10), row('ana', 9), row(null, 99)],
    row('ana', 10),
  ],
];

for (const [what, stored, expected] of table) {
  test(what, () => assert.deepEqual(resolveSecret(stored, wanted), expected));
}
