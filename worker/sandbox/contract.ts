import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, newSession, open, type SandboxHost, withWorkers } from './contract-ground.ts';
import { lifeContract } from './contract-life.ts';
import { programContract } from './contract-programs.ts';

/** What every implementation of the sandbox port does; scripts keep to what the fake's shell knows. */
export function sandboxContract(host: SandboxHost): void {
  commandContract(host);
  outputContract(host);
  fileContract(host);
  lifeContract(host);
  fenceContract(host);
  programContract(host);
}

function commandContract(host: SandboxHost): void {
  test(
    'a command gives its output, its exit code and its length',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      const result = await sandbox.run(commandOf('echo hello; exit 3'));
      assert.equal(result.outcome, 'exited');
      assert.equal(result.exitCode, 3);
      assert.equal(result.output, 'hello\n');
      assert.equal(result.outputBytes, 6);
      assert.equal(result.outputFile, null);
      assert.equal(result.note, null);
    }),
  );

  test(
    'output comes while the command runs, and not after run has settled',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      const seen: string[] = [];
      const first = Promise.withResolvers<void>();
      const running = sandbox.run(commandOf('echo one; sleep 1; echo two'), {
        onOutput(text) {
          seen.push(text);
          first.resolve();
        },
      });
      const winner = await Promise.race([first.promise.then(() => 'output'), running.then(() => 'result')]);
      assert.equal(winner, 'output');
      assert.equal((await running).output, 'one\ntwo\n');
      assert.equal(seen.join(''), 'one\ntwo\n');
    }),
  );

  test(
    'I4: one key runs once, also from another worker',
    withWorkers(host, async (worker) => {
      const sessionId = newSession();
      const command = commandOf('echo once >> count.txt; cat count.txt');
      const [here, there] = await Promise.all([open(worker(), sessionId), open(worker(), sessionId)]);
      const results = await Promise.all([here.run(command), there.run(command)]);
      results.push(await there.run(command), await here.run(command));
      for (const result of results) assert.equal(result.output, 'once\n');
    }),
  );

  test(
    'I4: another worker sees a command run, joins it, and later finds its result',
    withWorkers(host, async (worker) => {
      const sessionId = newSession();
      const command = commandOf('echo begun; sleep 4; echo ended');
      const here = await open(worker(), sessionId);
      const begun = Promise.withResolvers<void>();
      const first = here.run(command, { onOutput: () => begun.resolve() });
      await begun.promise;
      const there = await open(worker(), sessionId);
      assert.equal(await there.find(command.key), 'running');
      assert.deepEqual(await there.run(command), await first);
      assert.deepEqual(await there.find(command.key), await first);
    }),
  );

  test(
    'a key that never ran is unknown',
    withWorkers(host, async (worker) => assert.equal(await (await open(worker())).find('never'), 'unknown')),
  );

  test(
    'a key or script that cannot be is refused before anything starts',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      for (const key of ['', '..', 'a/b', 'ä', 'x'.repeat(129)]) {
        await assert.rejects(async () => sandbox.run(commandOf('true', { key })), {
          code: 'command.bad_key',
        });
      }
      await assert.rejects(async () => sandbox.run(commandOf(`echo ${'x'.repeat(200_000)}`)), {
        code: 'command.bad_script',
      });
      await assert.rejects(async () => sandbox.run(commandOf('echo a\0b')), { code: 'command.bad_script' });
    }),
  );

  test(
    'a command is ended at its timeout and keeps what it printed',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      const result = await sandbox.run(commandOf('echo before; sleep 60; echo after', { timeoutMs: 300 }));
      assert.equal(result.outcome, 'timed_out');
      assert.equal(result.exitCode, null);
      assert.equal(result.output, 'before\n');
    }),
  );

  test(
    'a cancelled command stops, and one cancelled before its start never runs',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      const stop = new AbortController();
      const result = await sandbox.run(commandOf('echo begun; sleep 60'), {
        onOutput: () => stop.abort(),
        signal: stop.signal,
      });
      assert.equal(result.outcome, 'cancelled');
      const unborn = commandOf('echo ran > ran.txt');
      assert.equal((await sandbox.run(unborn, { signal: stop.signal })).outcome, 'cancelled');
      assert.equal(await sandbox.find(unborn.key), 'unknown');
    }),
  );
}

function outputContract(host: SandboxHost): void {
  test(
    'long output keeps its head and tail, and all of it is in a file',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      const whole = Array.from({ length: 5000 }, (_, at) => `${at + 1}\n`).join('');
      const result = await sandbox.run(commandOf('seq 5000', { maxOutputBytes: 1000 }));
      assert.equal(result.outputBytes, whole.length);
      assert.ok(result.output.startsWith('1\n2\n3\n'));
      assert.ok(result.output.endsWith('4999\n5000\n'));
      assert.ok(result.output.length < 1200, `${result.output.length} characters`);
      assert.ok(result.output.includes(`${whole.length - 1000} bytes left out`));
      assert.ok(result.outputFile);
      assert.equal(Buffer.from(await sandbox.readFile(result.outputFile, 100_000)).toString(), whole);
    }),
  );

  test(
    'the output file ends at its limit while the count goes on',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      const result = await sandbox.run(commandOf('seq 5000', { maxOutputBytes: 1000, maxFileBytes: 3000 }));
      assert.equal(result.outputBytes, 23_893);
      assert.equal((await sandbox.readFile(result.outputFile ?? '', 100_000)).byteLength, 3000);
    }),
  );
}

function fileContract(host: SandboxHost): void {
  test(
    'files are written with their folders and read back byte for byte',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
      await sandbox.writeFile('a/b/c.bin', content);
      assert.deepEqual(Buffer.from(await sandbox.readFile('/workspace/a/b/c.bin', 300_000)), content);
      await sandbox.writeFile('a/b/c.bin', Buffer.from('short'));
      assert.equal((await sandbox.run(commandOf('cat a/b/c.bin'))).output, 'short');
      await sandbox.writeFile('empty', Buffer.alloc(0));
      assert.equal((await sandbox.readFile('empty', 10)).byteLength, 0);
    }),
  );

  test(
    'a file that is missing, too large, a folder or not ours says so',
    withWorkers(host, async (worker) => {
      const sandbox = await open(worker());
      await sandbox.writeFile('folder/file', Buffer.from('four'));
      await assert.rejects(sandbox.readFile('none', 10), { code: 'file.missing' });
      await assert.rejects(sandbox.readFile('folder/file', 3), { code: 'file.too_large' });
      await assert.rejects(sandbox.readFile('folder', 10), { code: 'file.not_a_file' });
      await assert.rejects(sandbox.writeFile('/usr/planted', Buffer.from('x')), { code: 'file.denied' });
    }),
  );
}

function fenceContract(host: SandboxHost): void {
  test(
    'I8: once a newer claim has opened the sandbox, the older one runs, writes, cancels and ends nothing in it',
    withWorkers(host, async (worker) => {
      const sessionId = newSession();
      const [oldWorker, newWorker] = [worker(), worker()];
      const before = await open(oldWorker, sessionId, 3);
      await before.writeFile('notes', Buffer.from('before'));
      const after = await open(newWorker, sessionId, 4);
      const begun = Promise.withResolvers<void>();
      const key = 'theirs';
      const running = after.run(commandOf('echo begun; sleep 1; echo ended', { key }), {
        onOutput: () => begun.resolve(),
      });
      await begun.promise;

      const refused = { code: 'turn.fenced' };
      await assert.rejects(before.writeFile('notes', Buffer.from('late')), refused);
      await assert.rejects(before.run(commandOf('echo late > notes')), refused);
      await assert.rejects(before.run(commandOf('echo begun', { key })), refused);
      await oldWorker.endTurn(sessionId, 3);
      await assert.rejects(open(oldWorker, sessionId, 3), refused);

      assert.equal((await running).output, 'begun\nended\n');
      assert.equal(Buffer.from(await after.readFile('notes', 10)).toString(), 'before');
      assert.equal(Buffer.from(await before.readFile('notes', 10)).toString(), 'before');
    }),
  );
}
