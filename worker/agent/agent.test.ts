import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stage } from './testing/stage.ts';

test('the demo model runs a command and quotes its output and exit code', async () => {
  const stage = new Stage({ text: '$ echo hi' });
  const answer = await stage.answer();
  assert.match(answer, /`echo hi`: exit code 0/);
  assert.match(answer, /ran echo hi/);
  assert.match(answer, /demo model/);
  assert.deepEqual(stage.sandbox.started, ['echo hi']);
  assert.deepEqual(stage.log.keys(), ['model:0', 'demo_0/command:0', 'model:1']);
});
