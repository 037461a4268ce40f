import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { Socket } from 'node:net';
import { claimHeader } from '#core/doors/place.ts';
import { exchange } from './exchange.ts';
import { tooManyConnections } from './head.ts';
import type { DoorParts } from './parts.ts';
import { Refused, refuseSocket } from './refused.ts';
import { openTunnel } from './tunnel.ts';

const idleMs = 60_000;
const headMs = 30_000;
const headBytesMax = 64 * 1024;

/** Reads HTTP/1.1 on whatever connection it is handed. */
export function createHttp1(door: DoorParts): Server {
  const server = createServer({
    // We look at Host ourselves, with words for whoever sent it.
    requireHostHeader: false,
    // Uploads may take as long as they need.
    requestTimeout: 0,
    headersTimeout: headMs,
    keepAliveTimeout: idleMs,
    maxHeaderSize: headBytesMax,
    shouldUpgradeCallback: (request) => /^websocket$/i.test(request.headers.upgrade ?? ''),
  });
  const take = (request: IncomingMessage, reply: ServerResponse, expectsContinue: boolean) => {
    const { socket, headers } = request;
    // Else Node adds its own, and the answer would have a date that its server did not give.
    reply.sendDate = false;
    const hasBody = 'transfer-encoding' in headers || (headers['content-length'] ?? '0') !== '0';
    void exchange(
      {
        head: headOf(request),
        passage: door.passageOf(socket),
        body: hasBody ? request : null,
        expectsContinue,
        reply,
        upgrade: null,
        abort: () => socket.destroy(),
      },
      door,
    );
  };
  server.on('request', (request, reply) => take(request, reply, false));
  server.on('checkContinue', (request, reply) => take(request, reply, true));
  server.on('upgrade', (request, socket, head) => {
    const reply = new ServerResponse(request);
    reply.sendDate = false;
    reply.shouldKeepAlive = false;
    reply.assignSocket(socket as Socket);
    reply.once('finish', () => socket.end());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => reply.emit('close'));
    void exchange(
      {
        head: headOf(request),
        passage: door.passageOf(socket),
        body: null,
        expectsContinue: false,
        reply,
        upgrade: { socket, head },
        abort: () => socket.destroy(),
      },
      door,
    );
  });
  server.on('connect', (request, socket, head) => {
    const passage = door.passageOf(socket);
    if (passage.kind === 'surplus') refuseSocket(socket, tooManyConnections());
    else if (passage.kind === 'tunnel')
      refuseSocket(socket, malformed('CONNECT inside a tunnel does not pass'));
    else
      void openTunnel(
        socket as Socket,
        head,
        {
          authority: request.url ?? '',
          claim: passage.worker ? claimOf(request) : null,
          visit: passage.visit,
        },
        door,
      ).catch(() => socket.destroy());
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else refuseSocket(socket, malformed(`it is not well-formed HTTP (${error.code ?? error.message})`));
  });
  return server;
}

/** Reads HTTP/2 for clients that offer nothing else. */
export function createHttp2(door: DoorParts): Http2Server {
  const server = createHttp2Server({
    settings: { maxConcurrentStreams: 100, enableConnectProtocol: false },
    maxHeaderListPairs: 256,
    maxSessionMemory: 10,
  });
  const take = (request: Http2ServerRequest, reply: Http2ServerResponse, expectsContinue: boolean) => {
    const named = request.headers.host;
    const authority = request.authority;
    void exchange(
      {
        head: {
          method: request.method,
          target: request.url,
          version: '2.0',
          rawHeaders: [
            ...request.rawHeaders,
            ...(authority && authority !== named ? ['host', authority] : []),
          ],
        },
        passage: door.passageOf(request.stream.session ?? request.stream),
        body: request.stream.endAfterHeaders ? null : request,
        expectsContinue,
        reply,
        upgrade: null,
        abort: () => request.stream.close(constants.NGHTTP2_INTERNAL_ERROR),
      },
      door,
    );
  };
  server.on('request', (request, reply) => take(request, reply, false));
  server.on('checkContinue', (request, reply) => take(request, reply, true));
  server.on('session', (session) => {
    session.setTimeout(idleMs, () => session.close());
    session.on('error', () => session.destroy());
  });
  return server;
}

function headOf({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage) {
  return { method, target: url, version: httpVersion, rawHeaders };
}

/** A worker that does not say it speaks for no claim there is. */
function claimOf({ headers }: IncomingMessage): number {
  return Number(headers[claimHeader] ?? Number.NaN);
}

function malformed(what: string): Refused {
  return new Refused(400, 'request_invalid', `This request was refused: ${what}. Send it anew, plainly.`);
}
