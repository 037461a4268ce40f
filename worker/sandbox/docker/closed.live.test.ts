import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { commandOf, newSession } from '../contract-ground.ts';
import { dockerForTests } from './engine-for-tests.ts';

const docker = await dockerForTests();
const { inSandbox } = docker;
after(() => docker.clear());

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
