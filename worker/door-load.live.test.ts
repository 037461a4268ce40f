import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { after, test } from 'node:test';
import { httpOrigin, httpsOrigin, worldRoot } from '#worker/egress/testing/origin.ts';
import { openDoorStage } from './testing/door-stage.ts';

/** Bytes of `/big`, sent only as fast as they are taken. */
const big = 256 * 1024 ** 2;
const listener: RequestListener = (request, response) => {
  if (request.url === '/up') {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => response.end(`${bytes}\n`));
    return;
  }
  if (request.url !== '/big') return response.end('through the door\n');
  response.writeHead(200, { 'content-length': big });
  const block = Buffer.alloc(64 * 1024, 7);
  let left = big / block.length;
  const more = (): void => {
    while (left-- > 0) if (!response.write(block)) return void response.once('drain', more);
    response.end();
  };
  return more();
};
const [plain, secure] = await Promise.all([httpOrigin(listener), httpsOrigin(listener)]);
after(() => Promise.all([plain.close(), secure.close()]));
const policy = `format: 1
ranges: { here: 127.0.0.0/8 }
rules:
  - { effect: allow, host: '*.test', ports: [${plain.port}, ${secure.port}], ranges: here }
`;
// Large bodies take as long as the machine takes; whoever hangs meets this.
const stage = await openDoorStage({ after }, { policy, roots: [worldRoot], patienceMs: 180_000 });
const residentMb = () =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${stage.egress().pid}/status`, 'utf8'))?.[1]) / 1024;

test('1,000 connections at once from one sandbox are all answered, and another thread is unharmed', async () => {
  const request = `GET http://shop.test:${plain.port}/ HTTP/1.1\\r\\nHost: shop.test:${plain.port}\\r\\nConnection: close\\r\\n\\r\\n`;
  const script = `import socket
sockets = [socket.create_connection(('127.0.0.1', 3128)) for _ in range(1000)]
for one in sockets: one.sendall(b'${request}')
def whole(one):
  data = b''
  while part := one.recv(65536): data += part
  return data
answers = [whole(one) for one in sockets]
print(sum(b'through the door' in one for one in answers), sum(b' 503 ' in one for one in answers))`;
  const crowd = await stage.ask('crowd', `$ python3 - <<'P'\n${script}\nP`);
  const other = await stage.ask('other', `$ curl -sS https://api.test:${secure.port}/`, 'ben');
  assert.match((await stage.ended(other.turnId)).steps[0]?.output ?? '', /^through the door\n$/);
  const document = await stage.ended(crowd.turnId);
  const [answered, turnedAway] = (document.steps[0]?.output ?? '').trim().split(' ').map(Number);
  // Over the limit of requests under way a client is told so; nobody is left without an answer.
  assert.equal((answered ?? 0) + (turnedAway ?? 0), 1000);
  assert.ok((answered ?? 0) >= 512, `${answered} answered`);
  assert.equal(document.receipt.hosts[0]?.requests, answered);
});

// Ten gigabytes are the bench's.
test('a large answer streams through TLS, and the role does not grow with it', async () => {
  const before = residentMb();
  const { turnId } = await stage.ask('big', `$ curl -sS https://api.test:${secure.port}/big | wc -c`);
  const document = await stage.ended(turnId);
  assert.equal(document.steps[0]?.output, `${big}\n`);
  assert.equal(document.receipt.hosts[0]?.bytes, big);
  assert.ok(residentMb() - before < 128, `${before} MB became ${residentMb()} MB`);
});

test('a large body of no known length streams as well', async () => {
  const before = residentMb();
  const put = `curl -sS -T - https://api.test:${secure.port}/up`;
  const { turnId } = await stage.ask('up', `$ head -c ${big} /dev/zero | ${put}`);
  const document = await stage.ended(turnId);
  assert.equal(document.steps[0]?.output, `${big}\n`);
  assert.ok((document.receipt.hosts[0]?.bytes ?? 0) >= big);
  assert.ok(residentMb() - before < 128, `${before} MB became ${residentMb()} MB`);
});
