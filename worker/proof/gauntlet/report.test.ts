import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from './attack.ts';
import { describe, isClean, summarise } from './report.ts';

const verdict = (more: Partial<Verdict>): Verdict => ({
  group: 'names',
  attack: 'a name',
  control: false,
  observed: false,
  fault: null,
  ...more,
});
const seen = verdict({ control: true, observed: true, attack: 'what is allowed' });
const leak = () => 'leak' as const;

test('a run is clean when every control was seen and no attack', () => {
  const verdicts = [seen, verdict({})];
  assert.ok(isClean(verdicts));
  assert.deepEqual(summarise(verdicts, leak), { attacks: 1, leaks: 0, escapes: 0, crashes: 0 });
  assert.match(describe(verdicts, 1_500), /^✓ names: 1 attacks, 1.5 s$/);
});

test('an attack that was seen is a leak or an escape, and named', () => {
  const verdicts = [seen, verdict({ observed: true })];
  assert.ok(!isClean(verdicts));
  assert.equal(summarise(verdicts, leak).leaks, 1);
  assert.equal(summarise(verdicts, () => 'escape').escapes, 1);
  assert.match(describe(verdicts, 0), /✗ names[^\n]*\n {4}SUCCEEDED: a name/);
});

test('a control that was not seen, an attack that could not be made, and nothing at all are no clean run', () => {
  assert.ok(!isClean([verdict({ control: true }), verdict({})]));
  const notMade = verdict({ observed: null, fault: 'it could not be tried: no engine' });
  assert.ok(!isClean([seen, notMade]));
  assert.equal(summarise([seen, notMade], leak).attacks, 0);
  assert.ok(!isClean([]));
  assert.ok(!isClean([seen]));
});

test('what breaks is a crash, whatever was seen', () => {
  const verdicts = [seen, verdict({ fault: 'egress has ended' })];
  assert.equal(summarise(verdicts, leak).crashes, 1);
  assert.ok(!isClean(verdicts));
});
