import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSteps } from './steps.ts';

function paper(isTTY: boolean) {
  let text = '';
  const write = (more: string | Uint8Array): boolean => {
    text += more;
    return true;
  };
  const out = { isTTY, columns: 40, write };
  return { out, text: () => text };
}

test('in a log, a step is one line with its time, and what it says while it works', async () => {
  const { out, text } = paper(false);
  await openSteps(out).run('Postgres', async (say) => say('recovering'));
  assert.match(text(), /^… Postgres: recovering\n✓ Postgres +0\.0 s\n$/);
});

test('a step that fails is marked, and its error goes on', async () => {
  const { out, text } = paper(false);
  const failing = openSteps(out).run('Roles', () => Promise.reject(new Error('no')));
  await assert.rejects(failing, /no/);
  assert.match(text(), /^✗ Roles +0\.0 s\n$/);
});

test('on a terminal the moving line is cleared before a lasting one', async () => {
  const { out, text } = paper(true);
  await openSteps(out).run('Postgres', async () => {});
  assert.ok(text().startsWith('\r\x1b[K✓ Postgres'));
});
