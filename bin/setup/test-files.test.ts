import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runTests } from './test-files.ts';

/** Runs one test file of this content, which notes each time that it begins. */
async function run(t: TestContext, body: string): Promise<{ status: number; times: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-run-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [file, times] = [join(folder, 'one.test.mjs'), join(folder, 'times')];
  writeFileSync(
    file,
    `import { appendFileSync, readFileSync } from 'node:fs';
    import { test } from 'node:test';
    appendFileSync(${JSON.stringify(times)}, 'x');
    const times = readFileSync(${JSON.stringify(times)}, 'utf8').length;
    ${body}`,
  );
  // NODE_TEST_CONTEXT would make the runner inside think it is a part of the one outside.
  const environment = { PATH: '/usr/bin:/bin' };
  const status = await runTests({
    files: [file],
    environment,
    signal: new AbortController().signal,
    say: () => {},
  });
  return { status, times: readFileSync(times, 'utf8').length };
}

test('a file under which the runtime crashed is run once more, and counts as it then ends', async (t) => {
  assert.deepEqual(await run(t, "test('a', () => times > 1 || process.abort());"), { status: 0, times: 2 });
  assert.deepEqual(await run(t, "test('a', () => process.abort());"), { status: 1, times: 2 });
});

test('a test that fails is not tried again, and fails the run also when the runtime crashes after it', async (t) => {
  assert.deepEqual(await run(t, "test('a', () => { throw new Error('no'); });"), { status: 1, times: 1 });
  const both = "test('a', () => { throw new Error('no'); }); test('b', () => process.abort());";
  assert.equal((await run(t, both)).status, 1);
});
