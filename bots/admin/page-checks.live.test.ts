import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, signIn } from './testing/browser.ts';
import { checkPage, watchVisits } from './testing/page-check.ts';
import { everyView, furnish, there } from './testing/pages.ts';

/**
 * What costs time, counted rather than timed: a clock says little on a machine that does other things. The times are
 * measured by `npm run bench -- page`.
 */
test('every page is light, stands still, is kept by caches, and nothing is found wrong with it', async (t) => {
  const open = await openPage(t);
  await watchVisits(open);
  await signIn(open);
  const session = await furnish(open);
  for (const view of everyView(session)) {
    const check = await checkPage(open, `${open.stage.url}${view.path}`, () => there(open, view), 1);
    assert.deepEqual(check.faults, [], view.path);
    assert.ok(check.scriptKb > 50 && check.scriptKb <= 150, `${view.path}: ${check.scriptKb} kB of script`);
    assert.ok(check.shift <= 0.1, `${view.path}: moved by ${check.shift}`);
    assert.ok(check.requests <= 50, `${view.path}: ${check.requests} requests`);
    assert.ok(check.againKb <= 1, `${view.path}: ${check.againKb} kB of files again`);
    assert.ok(Number.isFinite(check.paintMs), `${view.path} was painted`);
  }
});
