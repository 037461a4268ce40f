import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { commandOf } from '../contract-ground.ts';
import { dockerForTests } from './engine-for-tests.ts';

const docker = await dockerForTests();
const { inSandbox } = docker;
after(() => docker.clear());

test('1 GB of output ends by itself, is counted, and stays out of the worker', () =>
  inSandbox(async (run, sandbox) => {
    const before = process.memoryUsage().rss;
    const result = await run('yes | head -c 1000000000', { timeoutMs: 60_000 });
    assert.equal(result.outcome, 'exited');
    assert.equal(result.outputBytes, 1_000_000_000);
    assert.ok(result.output.length < 10_200);
    assert.equal((await sandbox.readFile(result.outputFile ?? '', 2_000_000)).byteLength, 1_000_000);
    assert.match(result.note ?? '', /the beginning of the output/);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 64 * 1024 * 1024, `the worker grew by ${grown} bytes`);
  }));

test('output that is not text comes as well-formed text', () =>
  inSandbox(async (run) => {
    const result = await run('head -c 100000 /dev/urandom; printf "\\360\\237\\230"', {
      maxOutputBytes: 4096,
    });
    assert.ok(result.output.isWellFormed());
    const cut = await run('for i in $(seq 3000); do printf "⚓€ä"; done', { maxOutputBytes: 4000 });
    assert.doesNotMatch(cut.output, /\uFFFD/);
  }));

test('cancelling kills grandchildren that left their session and ignore TERM', () =>
  inSandbox(async (run, sandbox) => {
    const stop = new AbortController();
    const script = `trap '' TERM; setsid nohup bash -c "trap '' TERM; (setsid sleep 7771 &) ; sleep 7772" & echo begun; sleep 7773`;
    const result = await sandbox.run(commandOf(script), {
      signal: stop.signal,
      onOutput: () => stop.abort(),
    });
    assert.equal(result.outcome, 'cancelled');
    assert.equal((await run('pgrep -fc "sleep 777[0-9]"')).output, '0\n');
  }));

test('a background process lives until the end of the turn, and no longer', () =>
  inSandbox(async (run, _sandbox, sessionId) => {
    const worker = docker.worker();
    await run('sleep 7774 & echo started');
    assert.equal((await run('pgrep -fc "^sleep 7774"')).output, '1\n');
    await worker.endTurn(sessionId);
    assert.equal((await run('pgrep -fc "^sleep 7774"')).output, '0\n');
  }));

test('a fork bomb meets the process limit, is stopped, and the next command runs', () =>
  inSandbox(async (run) => {
    const result = await run('bomb() { bomb | bomb & }; bomb; sleep 60', { timeoutMs: 2000 });
    assert.match(result.note ?? '', /process limit/);
    assert.equal((await run('echo fine')).output, 'fine\n');
  }));

test('a memory bomb is killed, named, and the next command runs', () =>
  inSandbox(async (run) => {
    const result = await run(`python3 -c "x = bytearray(2 * 1024**3)"`);
    assert.notEqual(result.exitCode, 0);
    assert.match(result.note ?? '', /out of memory/);
    assert.equal((await run('echo fine')).output, 'fine\n');
  }));

test('a full disk is named, and can be freed by a command', () =>
  inSandbox(async (run, sandbox) => {
    const result = await run('head -c 1G /dev/zero > big');
    assert.notEqual(result.exitCode, 0);
    assert.match(result.note ?? '', /disk full/);
    await assert.rejects(sandbox.writeFile('more', Buffer.alloc(1_000_000)), { code: 'disk.full' });
    assert.equal((await run('rm big && echo freed')).output, 'freed\n');
    await sandbox.writeFile('more', Buffer.alloc(1_000_000));
  }));

test('kill -9 -1 by the agent interrupts the command; the sandbox goes on', () =>
  inSandbox(async (run) => {
    const result = await run('echo before; kill -9 -1; sleep 30');
    assert.equal(result.outcome, 'interrupted');
    assert.equal((await run('echo fine; pgrep -c sleep')).output, 'fine\n0\n');
  }));

test('a command that kills its parent is interrupted and leaves nothing running', () =>
  inSandbox(async (run) => {
    const result = await run('kill -9 $PPID; sleep 7775');
    assert.equal(result.outcome, 'interrupted');
    assert.match(result.note ?? '', /killed/);
    assert.equal((await run('pgrep -fc "^sleep 7775"')).output, '0\n');
  }));

test('a runner that no longer answers is killed from outside', () =>
  inSandbox(async (run) => {
    const script = 'pkill -STOP -f "deckhand/helper attach"; sleep 60';
    const result = await run(script, { timeoutMs: 200 });
    assert.equal(result.outcome, 'timed_out');
    assert.match(result.note ?? '', /did not answer/);
    assert.equal((await run('echo fine; pgrep -c sleep')).output, 'fine\n0\n');
  }));
