import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandOf, newSession, sandboxContract } from '../contract.ts';
import type { Command, CommandResult, Sandbox } from '../port.ts';
import { containerName } from './container.ts';
import { DOOMED_UID } from './doomed-worker.ts';
import { connectEngine } from './engine.ts';
import { dockerForTests } from './engine-for-tests.ts';

const docker = await dockerForTests();
after(() => docker.clear());

/** Runs each script in turn in one new sandbox. */
async function inSandbox(
  work: (
    run: (script: string, more?: Partial<Command>) => Promise<CommandResult>,
    sandbox: Sandbox,
    sessionId: string,
  ) => Promise<void>,
) {
  const worker = docker.worker();
  const sessionId = newSession();
  try {
    const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
    await work((script, more) => sandbox.run(commandOf(script, more)), sandbox, sessionId);
  } finally {
    await worker.close();
  }
}

describe('the Docker sandbox keeps the contract', () => {
  sandboxContract(docker);
});

describe('a sandbox is closed to the outside', () => {
  test('I6: it has no interface but loopback, and no resolver', () =>
    inSandbox(async (run) => {
      assert.equal((await run('ls /sys/class/net')).output, 'lo\n');
      assert.doesNotMatch(
        (await run('cat /etc/resolv.conf')).output,
        /^(nameserver (?!127\.0\.0\.1$)|search [^.])/m,
      );
      assert.notEqual((await run('curl -sS -m 2 http://1.1.1.1/')).exitCode, 0);
    }));

  test('no environment of the host enters', () =>
    inSandbox(async (run) => {
      const names = (await run('env')).output.split('\n').map((line) => line.split('=')[0]);
      const known =
        'SHELL HOSTNAME PWD LOGNAME HOME LANG TERM USER SHLVL PAGER PATH GIT_TERMINAL_PROMPT _'.split(' ');
      assert.deepEqual(
        names.filter((name) => name && !known.includes(name)),
        [],
      );
    }));

  test('it runs without privileges on a read-only root', () =>
    inSandbox(async (run) => {
      const { output } = await run('cat /proc/self/status');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        assert.match(output, new RegExp(`^${set}:\\s+0+$`, 'm'));
      }
      assert.match(output, /^NoNewPrivs:\s+1$/m);
      assert.match(output, /^Seccomp:\s+2$/m);
      assert.match((await run('touch /usr/bin/x /etc/x')).output, /Read-only file system/);
      assert.equal(
        (await run('printf "#!/bin/sh\\necho ran" > /tmp/x; chmod +x /tmp/x; /tmp/x')).output,
        'ran\n',
      );
    }));

  test('vsock, AF_ALG, packet sockets, io_uring, keyrings and namespaces are shut; usual tools work', () =>
    inSandbox(async (run) => {
      const probe = `import ctypes, os, socket
for family in (40, 38, 17, 44):
    try: socket.socket(family, socket.SOCK_RAW if family == 17 else socket.SOCK_STREAM); print('open', family)
    except OSError as error: pass
libc = ctypes.CDLL(None, use_errno=True)
for name, number in (('io_uring_setup', 425), ('keyctl', 250), ('unshare', 272), ('bpf', 321), ('mount', 165), ('userfaultfd', 323)):
    if os.uname().machine == 'x86_64' and libc.syscall(number, 0x10000000, 0, 0, 0, 0) >= 0: print('open', name)
socket.socket(socket.AF_INET).close(); socket.socket(socket.AF_INET6).close()
import multiprocessing
print(multiprocessing.Pool(2).map(abs, [-1]))`;
      assert.equal((await run(`python3 - <<'P'\n${probe}\nP`)).output, '[1]\n');
      const tools = await run(
        'git init -q r && cd r && echo x > f && git add f && npm --version && node -p 1+1 && jq -n 1 && rg x f',
      );
      assert.equal(tools.exitCode, 0, tools.output);
    }));

  test('the helper that is PID 1 cannot be signalled, traced or read by the agent', () =>
    inSandbox(async (run) => {
      assert.match((await run('kill -9 1')).output, /not permitted/);
      assert.match((await run('cat /proc/1/environ')).output, /denied/);
      assert.match((await run('echo x > /usr/local/lib/deckhand/helper')).output, /(Read-only|denied)/);
    }));

  test('two people of a session have a uid and a home each, and share the workspace', async () => {
    const worker = docker.worker();
    try {
      const sessionId = newSession();
      const ana = await worker.open({ sessionId, userId: 'usr_ana' });
      const ben = await worker.open({ sessionId, userId: 'usr_ben' });
      const ids = [await ana.run(commandOf('id -u')), await ben.run(commandOf('id -u'))].map(
        (result) => result.output,
      );
      assert.notEqual(ids[0], ids[1]);
      await ana.run(
        commandOf('echo ana > shared; echo secret > ~/own; sleep 300 > /dev/null 2>&1 & echo $! > pid'),
      );
      assert.equal((await ben.run(commandOf('echo ben >> shared; cat shared'))).output, 'ana\nben\n');
      assert.match((await ben.run(commandOf(`cat .deckhand/u${ids[0]?.trim()}/home/own`))).output, /denied/);
      assert.match((await ben.run(commandOf('kill -9 $(cat pid)'))).output, /not permitted/);
    } finally {
      await worker.close();
    }
  });
});

describe('a command may misbehave', () => {
  test('1 GB of output ends by itself, is counted, and stays out of the worker', () =>
    inSandbox(async (run, sandbox) => {
      const before = process.memoryUsage().rss;
      const result = await run('yes | head -c 1000000000', { timeoutMs: 60_000 });
      assert.equal(result.outcome, 'exited');
      assert.equal(result.outputBytes, 1_000_000_000);
      assert.ok(result.output.length < 10_200);
      assert.equal((await sandbox.readFile(result.outputFile ?? '', 2_000_000)).byteLength, 1_000_000);
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
});

describe('a sandbox may end', () => {
  const engine = connectEngine(docker.options.docker);

  test('I4: a command outlives the kill -9 of its worker; the next one joins it and takes its whole output', async () => {
    const sessionId = newSession();
    const command = commandOf('echo begun >> count; echo begun; sleep 2; echo ended; wc -l < count');
    const order = { options: docker.options, sessionId, command };
    const doomed = spawn(process.execPath, [fileURLToPath(new URL('doomed-worker.ts', import.meta.url))]);
    doomed.stdin.end(JSON.stringify(order));
    await once(doomed.stdout, 'data');
    doomed.kill('SIGKILL');
    const worker = docker.worker({ uidFor: async () => DOOMED_UID });
    try {
      const sandbox = await worker.open({ sessionId, userId: 'usr_doomed' });
      assert.equal(await sandbox.find(command.key), 'running');
      assert.equal((await sandbox.run(command)).output, 'begun\nended\n1\n');
    } finally {
      await worker.close();
    }
  });

  test('I4: a container killed under a command interrupts it; the next call has a new one and the old workspace', () =>
    inSandbox(async (run, sandbox, sessionId) => {
      const command = commandOf('echo kept > kept; echo begun; sleep 60');
      const container = engine.getContainer(containerName(docker.options.instance, sessionId));
      const result = await sandbox.run(command, { onOutput: () => void container.kill() });
      assert.equal(result.outcome, 'interrupted');
      assert.match(result.note ?? '', /sandbox was stopped/);
      assert.equal((await run('cat kept')).output, 'kept\n');
      assert.equal((await sandbox.run(command)).outcome, 'interrupted');
    }));

  test('a container removed while idle is replaced at the next call', () =>
    inSandbox(async (run, _sandbox, sessionId) => {
      await run('echo kept > kept');
      await engine
        .getContainer(containerName(docker.options.instance, sessionId))
        .remove({ force: true, v: true });
      assert.equal((await run('cat kept')).output, 'kept\n');
    }));

  test('an idle sandbox is stopped, one at work is not', async () => {
    const worker = docker.worker({ idleSeconds: 0.5 });
    try {
      const [idle, busy] = [newSession(), newSession()];
      await worker.open({ sessionId: idle, userId: 'usr_ana' });
      const sandbox = await worker.open({ sessionId: busy, userId: 'usr_ana' });
      const running = sandbox.run(commandOf('sleep 2; echo done'));
      await new Promise((resolve) => setTimeout(resolve, 700));
      assert.equal(await worker.reap(async (ids) => new Set(ids)), 1);
      assert.equal((await running).output, 'done\n');
    } finally {
      await worker.close();
    }
  });

  test('where no disk can be made the workspace is a plain volume, and a note says that it has no limit', async () => {
    // No file system fits into nothing: what a host without loop devices answers, made by the disk's size.
    const sessionId = newSession();
    for (const text of ['one', 'two']) {
      const worker = docker.worker({ diskMb: 0 });
      try {
        const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
        const result = await sandbox.run(commandOf(`echo ${text} >> kept; cat kept`));
        assert.equal(result.output, text === 'one' ? 'one\n' : 'one\ntwo\n');
      } finally {
        await worker.close();
      }
    }
    assert.match(docker.notes.join(), /no disk limit/);
  });

  test('close leaves no container within three seconds, also with several open', async () => {
    const worker = docker.worker();
    await Promise.all(
      Array.from({ length: 4 }, () => worker.open({ sessionId: newSession(), userId: 'usr_ana' })),
    );
    const startedAt = Date.now();
    await worker.close();
    assert.ok(Date.now() - startedAt < 3000);
    const filters = { label: [`deckhand.instance=${docker.options.instance}`] };
    assert.deepEqual(await engine.listContainers({ all: true, filters }), []);
  });

  test('an engine that is not there says what to do', async () => {
    const worker = docker.worker({ docker: 'unix:///nonexistent/docker.sock' });
    await assert.rejects(
      worker.open({ sessionId: newSession(), userId: 'usr_ana' }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'sandbox.unavailable');
        assert.match(error.message, /docker info/);
        return true;
      },
    );
  });

  test('an image that is not there says so', async () => {
    const worker = docker.worker({ image: 'deckhand/none:0' });
    await assert.rejects(worker.open({ sessionId: newSession(), userId: 'usr_ana' }), {
      code: 'sandbox.image_missing',
    });
  });
});
