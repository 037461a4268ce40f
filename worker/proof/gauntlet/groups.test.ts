import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { networkGroups } from './network/groups.ts';
import { sandboxGroups } from './sandbox/groups.ts';

const groups = [...sandboxGroups, ...networkGroups];

test('docs/security.md names exactly the groups of attacks that there are', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/security.md'), 'utf8');
  const table = /## What is proven[\s\S]*?\n\n(\|[\s\S]*?)\n\n/.exec(text)?.[1] ?? '';
  const named = table
    .split('\n')
    .slice(2)
    .map((row) => row.split('|')[1]?.trim());
  assert.deepEqual(named.toSorted(), groups.map(({ name }) => name).toSorted());
});

test('every attack has a name of its own in its group', () => {
  for (const { name, control, attacks } of groups) {
    const names = [control, ...attacks].map((attack) => attack.name);
    assert.equal(new Set(names).size, names.length, name);
    assert.ok(attacks.length > 0, name);
  }
});

test('there are at least 150 attacks', () => {
  assert.ok(groups.reduce((sum, { attacks }) => sum + attacks.length, 0) >= 150);
});
