import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

function report(t: TestContext, source: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-reporter-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'one.test.mjs');
  writeFileSync(file, `import { test } from 'node:test';\n${source}`);
  const reporter = join(import.meta.dirname, 'quiet-reporter.ts');
  // NODE_TEST_CONTEXT would make the runner inside think it is a part of the one outside.
  const env = { PATH: '/usr/bin:/bin' };
  return new Promise((done) => {
    execFile(process.execPath, ['--test', `--test-reporter=${reporter}`, file], { env }, (_error, out) =>
      done(out),
    );
  });
}

test('of passing tests only the closing lines are shown', async (t) => {
  const out = await report(t, "test('fine', () => {}); test('also', () => {});");
  assert.match(out, /^ℹ tests 2\n/);
  assert.match(out, /ℹ pass 2\nℹ fail 0\n/);
  assert.doesNotMatch(out, /fine/);
});

test('a failure is shown once, with its name, place and cause', async (t) => {
  const out = await report(
    t,
    "test('outer', async (t) => {\n  await t.test('inner', () => { throw new Error('why'); });\n});",
  );
  assert.equal(out.match(/✗/g)?.length, 1);
  assert.match(out, /✗ inner\n.*one\.test\.mjs:3\n +Error: why/);
  assert.match(out, /ℹ fail 2\n/);
});
