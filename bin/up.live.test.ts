import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentWith, readConfig } from '#core/config.ts';
import { readInstance } from '#core/machine/instance.ts';
import { freePort } from '#core/machine/ports.ts';
import { identityOf } from '#core/machine/process-identity.ts';

interface Run {
  child: ChildProcess;
  said: string;
}

/** A home of its own; only the compiled helper is shared, since compiling it takes half a minute. */
async function prepare(t: TestContext): Promise<{ home: string; start(): Run }> {
  const home = mkdtempSync(join(tmpdir(), 'deckhand-up-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const helper = join(readConfig().home, 'helper');
  if (existsSync(helper)) symlinkSync(helper, join(home, 'helper'));
  const env = environmentWith({
    DECKHAND_HOME: home,
    DECKHAND_PORT: String(await freePort()),
    DATABASE_URL: '',
  });
  const start = (): Run => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'start.js')], { env, stdio: 'pipe' });
    const run: Run = { child, said: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        run.said += text;
      });
    }
    // Whatever a failed assertion left running goes with the test.
    t.after(async () => {
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    });
    return run;
  };
  return { home, start };
}

async function until(run: Run, pattern: RegExp, withinMs = 120_000): Promise<void> {
  for (const end = Date.now() + withinMs; !pattern.test(run.said); await sleep(20)) {
    assert.ok(Date.now() < end && run.child.exitCode === null, `no ${pattern} in:\n${run.said}`);
  }
}

test('start, kill -9, start, a refused second start, Ctrl-C: the machine is as before', async (t) => {
  const { home, start } = await prepare(t);
  const first = start();
  await until(first, /Deckhand is ready at http:\/\/127\.0\.0\.1:\d+\n.*\/sign-in/);
  process.kill(readInstance(home)?.pid ?? 0, 'SIGKILL');
  await once(first.child, 'exit');

  const second = start();
  await until(second, /Deckhand is ready at/);
  const refused = start();
  await until(refused, /already runs on .* \(process \d+\)/, 30_000);

  const postmaster = Number(readFileSync(join(home, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  const before = performance.now();
  second.child.kill('SIGINT');
  const [code] = await once(second.child, 'exit');
  assert.equal(code, 0, second.said);
  assert.ok(performance.now() - before < 20_000, 'something is waited for that does not end');
  assert.equal(identityOf(postmaster), null);
  assert.ok(!existsSync(join(home, 'lock')) && !existsSync(join(home, 'instance.json')));
});

test('broken settings are all told before anything is started', async (t) => {
  const { home } = await prepare(t);
  const env = environmentWith({ DECKHAND_HOME: home, DECKHAND_PORT: 'x', OPENAI_API: 'soap' });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.js')], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = (await Array.fromAsync(child.stderr.setEncoding('utf8'))).join('');
  assert.match(said, /DECKHAND_PORT=x: [\s\S]*OPENAI_API=soap: /);
  assert.ok(!existsSync(join(home, 'postgres')));
});
