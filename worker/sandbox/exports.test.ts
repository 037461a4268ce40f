import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { exportsOf } from './exports.ts';

test('a value is the value whatever stands in it, and a name that no shell takes is left out', () => {
  const hostile = `it's "$(touch /tmp/never)" \`id\` \\ ; exit 3\nsecond line ü`;
  const script = `${exportsOf({ WHO: hostile, 'A B': 'x', 'X=1; echo': 'y' })}printf %s "$WHO"`;
  assert.equal(execFileSync('bash', ['-c', script], { encoding: 'utf8' }), hostile);
  assert.equal(exportsOf({}), '');
});
