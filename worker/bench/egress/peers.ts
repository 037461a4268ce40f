/** What the door is measured beside, one of them a process: the first argument names it, the second a socket's path. A program. */
import { createServer, type IncomingMessage } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { generateCACertificate, getLocal } from 'mockttp';
import { openAuthority } from '#worker/egress/authority/authority.ts';
import { worldRoot } from '#worker/egress/testing/origin.ts';

const [, , name = '', path = ''] = process.argv;
/** Where every name is: looking names up is no part of what is compared. */
const home = '127.0.0.1';

/** CONNECT and nothing else: both sides are joined, unread. */
function bare(): void {
  const server = createServer();
  server.on('connect', (request, near: Socket, head) => {
    const port = Number((request.url ?? '').split(':')[1]);
    const far = connect({ host: home, port, noDelay: true }, () => {
      near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      far.write(head);
      near.pipe(far).pipe(near);
    });
    for (const side of [near, far]) side.on('error', () => side.destroy());
  });
  server.listen(path);
}

/** The least that reads inside TLS: a certificate for each host, and Node's own client. No decision, no log, no check. */
function minimal(): void {
  const authority = openAuthority(Buffer.alloc(32, 1), 'peer');
  const agent = new Agent({ keepAlive: true, ca: worldRoot });
  const server = createServer((request, response) => {
    const [servername, port] = (request.headers.host ?? '').split(':');
    const onward = tlsRequest({
      agent,
      host: home,
      port,
      servername,
      path: request.url,
      method: request.method,
      headers: request.headers,
    });
    onward.on('response', (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request, near: Socket) => {
    near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    const secureContext = authority.contextFor((request.url ?? '').split(':')[0] ?? '');
    const secure = new TLSSocket(near, { isServer: true, secureContext });
    secure.on('error', () => secure.destroy());
    server.emit('connection', secure);
  });
  server.listen(path);
}

/** An intercepting proxy that is widely used for tests. Listens on a port, since it knows no other way. */
async function mockttp(): Promise<number> {
  const server = getLocal({ https: await generateCACertificate(), recordTraffic: false });
  await server.start();
  await server.forAnyRequest().thenPassThrough({ additionalTrustedCAs: [{ cert: worldRoot }] });
  return server.port;
}

process.on('disconnect', () => process.exit(0));
if (name === 'bare') bare();
if (name === 'minimal') minimal();
const at = name === 'mockttp' ? await mockttp() : path;
process.send?.({ at });
