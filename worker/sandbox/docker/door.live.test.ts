import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openAuthority } from '#worker/egress/authority/authority.ts';
import type { Doom } from '#worker/egress/testing/doomed-door.ts';
import { allowed, doorForTests } from '#worker/egress/testing/door.ts';
import { gitListener } from '#worker/egress/testing/git-origin.ts';
import { httpOrigin, httpsOrigin, worldRoot } from '#worker/egress/testing/origin.ts';
import { commandOf, newSession } from '../contract-ground.ts';
import { dockerForTests } from './engine-for-tests.ts';
import { HELPER_UID } from './options.ts';

const home = await mkdtemp(join(tmpdir(), 'deckhand-door-live-'));
const sandboxId = newSession();
const secret = '5e'.repeat(32);
const authority = openAuthority(Buffer.from(secret, 'hex'), sandboxId);
const limits = { connectionsMax: 1024, requestsMax: 1024 };
const options = { folder: join(home, 'door'), socketUid: HELPER_UID, authority, ...limits };
let at = await doorForTests([worldRoot], options);

const git = gitListener(home);
/** Bytes of `/big`, sent only as fast as they are taken. */
const BIG = 256 * 1024 * 1024;
const listener: RequestListener = (request, response) => {
  if (request.url?.startsWith('/project.git')) return git(request, response);
  if (request.url !== '/big') return response.end('through the door\n');
  response.writeHead(200, { 'content-length': BIG });
  const block = Buffer.alloc(64 * 1024, 7);
  let left = BIG / block.length;
  const more = (): void => {
    while (left-- > 0) if (!response.write(block)) return void response.once('drain', more);
    response.end();
  };
  return more();
};
const [plain, secure] = await Promise.all([httpOrigin(listener), httpsOrigin(listener)]);
const http = `http://shop.test:${plain.port}`;
const https = `https://api.test:${secure.port}`;

const docker = await dockerForTests();
const worker = docker.worker({
  diskMb: 384,
  memoryMb: 512,
  door: { socketDir: async () => options.folder, authority: async () => authority.pem },
});
const sandbox = await worker.open({ sessionId: sandboxId, userId: 'usr_ana' });
const run = (script: string) => sandbox.run(commandOf(script, { timeoutMs: 60_000 }));

after(async () => {
  await worker.close();
  await docker.clear();
  await Promise.all([at.close(), plain.close(), secure.close()]);
  await rm(home, { recursive: true });
});

for (const [name, script] of [
  ['curl', `curl -sS ${https}/ && curl -sS ${http}/`],
  [
    'python',
    `python3 -c "import urllib.request as u; [print(u.urlopen(a).read().decode(), end='') for a in ('${https}/', '${http}/')]"`,
  ],
] as const) {
  test(`${name} reaches allowed hosts with nothing set up by hand`, async () => {
    const { output } = await run(script);
    assert.equal(output, 'through the door\n'.repeat(2));
  });
}

test('git clones over HTTPS', async () => {
  const { output, exitCode } = await run(`git clone -q ${https}/project.git p && git -C p log --format=%s`);
  assert.equal(
    output
      .split('\n')
      .filter((line) => !line.startsWith('warning'))
      .join('\n'),
    'first commit\n',
  );
  assert.equal(exitCode, 0);
});

test('fetch of a current Node reaches allowed hosts', async () => {
  await sandbox.writeFile('node24', await readFile(process.execPath));
  const fetching = `Promise.all(['${https}/', '${http}/'].map(async a => process.stdout.write(await (await fetch(a)).text())))`;
  const { output } = await run(`chmod +x node24 && ./node24 -e "${fetching}" && rm node24`);
  assert.equal(output, 'through the door\n'.repeat(2));
});

test('I6: a denied name is never looked up, and each client shows why', async () => {
  at.rule(() => ({ allow: false, code: 'policy', reason: 'canary.test is not on the list.' }));
  const before = at.lookups.length;
  const { output } = await run(
    `curl -sS https://canary.test/; git clone https://canary.test/x.git; getent hosts canary.test`,
  );
  at.rule(() => allowed);
  assert.match(output, /^Deckhand: canary\.test is not on the list\.\n/);
  assert.match(output, /remote: Deckhand: canary\.test is not on the list\./);
  assert.equal(at.lookups.length, before);
});

test('a server name or Host header other than the host of CONNECT gets no further', async () => {
  const before = at.knocks.length;
  const to = `--connect-to evil.test:443:api.test:${secure.port}`;
  const { output } = await run(`curl -sSk ${to} https://evil.test/; curl -sS -H 'Host: evil.test' ${https}/`);
  assert.match(output, /TLS server name says "evil\.test"[\s\S]*Host header says "evil\.test"/);
  assert.equal(at.knocks.length, before);
});

test('the agent reaches the socket only through the helper, and cannot take its place', async () => {
  const script = `import socket
try: socket.socket(socket.AF_UNIX).connect('/run/deckhand/door/egress.sock'); print('connected')
except OSError as error: print(error.strerror)
try: socket.socket().bind(('127.0.0.1', 3128)); print('bound')
except OSError as error: print(error.strerror)
try: open('/run/deckhand/door/x', 'w'); print('written')
except OSError as error: print(error.strerror)`;
  const { output } = await run(`python3 - <<'P'\n${script}\nP\nkill -9 1`);
  assert.match(output, /^Permission denied\nAddress already in use\nRead-only file system\n.*not permitted/);
});

test('1,000 connections at once are all answered, and the helper holds no memory for them', async () => {
  const script = `import socket
request = b'GET ${http}/ HTTP/1.1\\r\\nHost: shop.test:${plain.port}\\r\\nConnection: close\\r\\n\\r\\n'
sockets = [socket.create_connection(('127.0.0.1', 3128)) for _ in range(1000)]
for one in sockets: one.sendall(request)
def whole(one):
  data = b''
  while part := one.recv(65536): data += part
  return data
print(sum(b'through the door' in whole(one) for one in sockets))`;
  const { output } = await run(`python3 - <<'P'\n${script}\nP`);
  assert.equal(output, '1000\n');
  const resident = Number(/VmRSS:\s+(\d+) kB/.exec((await run('cat /proc/1/status')).output)?.[1]);
  assert.ok(resident < 2048, `${resident} kB`);
});

test('a large download streams: this process does not grow with it', async () => {
  const before = process.memoryUsage().rss;
  const { output } = await run(`curl -sS ${https}/big | wc -c`);
  assert.equal(output, `${BIG}\n`);
  assert.ok(process.memoryUsage().rss - before < 160 * 1024 * 1024);
});

test('a door killed in the middle of a download is a clean error, and the next request works', async () => {
  await at.close();
  const doomed = spawn(process.execPath, [
    fileURLToPath(new URL('../../egress/testing/doomed-door.ts', import.meta.url)),
  ]);
  const doom: Doom = { folder: options.folder, socketUid: HELPER_UID, secret, sandboxId, roots: [worldRoot] };
  doomed.stdin.end(JSON.stringify(doom));
  await once(doomed.stdout, 'data');
  const begun = Promise.withResolvers<void>();
  const script = `curl -sS --limit-rate 4M ${https}/big -o big & sleep 0.2; until [ -s big ]; do sleep 0.05; done; echo begun; wait $!; echo "exit $?"; rm big`;
  const running = sandbox.run(commandOf(script, { timeoutMs: 60_000 }), {
    onOutput: (text) => text.includes('begun') && begun.resolve(),
  });
  await Promise.race([begun.promise, running]);
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  const { output } = await running;
  assert.match(output, /curl: \((18|56|35)\)[\s\S]*exit (18|56|35)\n/);
  // The door is still shut: the helper says so after a while, in place of leaving the client to guess.
  assert.match((await run(`curl -sS ${http}/`)).output, /not open right now/);
  at = await doorForTests([worldRoot], options);
  assert.equal((await run(`curl -sS ${https}/`)).output, 'through the door\n');
});
