/** Name and web servers on every address of a network of their own. A program: says what it saw to whoever started it. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, createServer as createTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { worldAuthority } from '#worker/egress/testing/origin.ts';
import { readQuestion, writeAnswer } from './dns.ts';
import { pages } from './pages.ts';
import { markAddress, type Seen } from './seen.ts';
import { answerTo, waitOf, wantsTcp } from './zone.ts';

export interface ServersSetting {
  /** The database as egress reaches it here, and the socket that leads there. */
  databasePort: number;
  databaseSocket: string;
}

const { databasePort, databaseSocket } = JSON.parse(process.argv[2] ?? '{}') as ServersSetting;
const tell = (seen: Seen) => process.send?.(seen);
const maxBody = 256 * 1024;
process.on('disconnect', () => process.exit(0));
// Attackers break connections in every way; none of them is this program's end.
process.on('uncaughtException', (error) => process.stderr.write(`world: ${error.stack}\n`));

function placeOf(socket: Socket | Duplex) {
  const { localAddress = '', localPort = 0 } = socket as Socket;
  const { servername } = socket as TLSSocket;
  return {
    to: localAddress.replace(/^::ffff:(?=\d+\.)/, ''),
    port: localPort,
    serverName: typeof servername === 'string' ? servername : null,
  };
}

function later(ms: number, act: () => void): void {
  if (ms === 0) act();
  else if (Number.isFinite(ms)) setTimeout(act, ms);
}

function web(server: Server): Server {
  server.on('request', (request, response) => {
    const place = placeOf(request.socket);
    const { method = '', url = '', rawHeaders } = request;
    let body = '';
    request.on('data', (chunk: Buffer) => {
      if (body.length < maxBody) body += chunk.toString('latin1');
    });
    // Told at once and again when it is whole: what never ends was here all the same.
    tell({ kind: 'request', ...place, method, url, headers: rawHeaders, body: '' });
    request.once('close', () => {
      const headers = [...rawHeaders, ...request.rawTrailers];
      if (body !== '' || request.rawTrailers.length > 0)
        tell({ kind: 'bytes', ...place, text: `${headers.join('\n')}\n${body}` });
    });
    response.on('error', () => {});
    pages(request, response);
  });
  server.on('upgrade', (request, socket) => {
    const place = placeOf(socket);
    const { method = '', url = '', rawHeaders } = request;
    tell({ kind: 'request', ...place, method, url, headers: rawHeaders, body: '' });
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const token = `${request.headers['x-token'] ?? ''}`;
    if (token) socket.write(Buffer.concat([Buffer.from([0x81, token.length]), Buffer.from(token)]));
    socket.on('data', (chunk: Buffer) => tell({ kind: 'bytes', ...place, text: chunk.toString('latin1') }));
  });
  server.on('clientError', (error: Error & { rawPacket?: Buffer }, socket) => {
    tell({ kind: 'bytes', ...placeOf(socket), text: error.rawPacket?.toString('latin1') ?? '' });
    socket.destroy();
  });
  return server;
}

const lenient = { insecureHTTPParser: true, requireHostHeader: false, keepAliveTimeout: 60_000 };
const secure = {
  ...lenient,
  SNICallback: (
    name: string,
    done: (error: null, context: ReturnType<typeof worldAuthority.contextFor>) => void,
  ) => done(null, worldAuthority.contextFor(name)),
};
const listening = [
  ...[80, 8080].map((port) => web(createHttp(lenient)).listen(port, '::')),
  ...[443, 8443].map((port) => web(createHttps(secure)).listen(port, '::')),
  ...[22, 25, 853, 2375].map((port) =>
    createTcp((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) =>
        tell({ kind: 'bytes', ...placeOf(socket), text: chunk.toString('latin1') }),
      );
    }).listen(port, '::'),
  ),
  createTcp((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      const question = readQuestion(bytes.subarray(2));
      if (!question) return;
      tell({ kind: 'query', name: question.name, type: question.type });
      const answer = writeAnswer(question, answerTo(question));
      const length = Buffer.from([answer.length >> 8, answer.length & 0xff]);
      later(waitOf(question.name, true), () => socket.end(Buffer.concat([length, answer])));
    });
  }).listen(53, '::'),
  // The way of egress to its database; everything else of this network ends here.
  createTcp((socket) => {
    const onward = connect(databaseSocket);
    for (const [one, other] of [[socket, onward] as const, [onward, socket] as const]) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
    socket.once('data', (first) => {
      // Of Postgres' own greeting the first byte is zero; letters are somebody else's.
      if (first[0] !== 0) tell({ kind: 'bytes', ...placeOf(socket), text: first.toString('latin1') });
    });
    socket.pipe(onward).pipe(socket);
  }).listen(databasePort, '127.0.0.1'),
];
const names = createSocket('udp6');
names.on('message', (message, from) => {
  const question = readQuestion(message);
  if (!question) return;
  tell({ kind: 'query', name: question.name, type: question.type });
  const cut = wantsTcp(question.name);
  const answer = writeAnswer(question, answerTo(question), cut);
  later(waitOf(question.name, false), () => names.send(answer, from.port, from.address));
});
names.bind(53, '::');
await Promise.all([...listening.map((server) => once(server, 'listening')), once(names, 'listening')]);
const marks = createSocket('udp4');
// A packet of our own: who sees it has seen those before it.
process.on('message', ({ mark }: { mark: number }) =>
  marks.send('', mark, markAddress, () => process.send?.({ marked: mark })),
);
process.send?.({ ready: true });
