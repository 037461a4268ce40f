import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { type CanonicalRequest, standardPort } from '#core/policy/request.ts';
import type { Redaction } from '#core/secrets/redact/redaction.ts';
import type { Caller } from './caller.ts';
import { answerHeaders } from './headers.ts';
import type { Traffic } from './ports.ts';
import { Refused } from './refused.ts';
import { upstreamFault } from './upstream-fault.ts';
import { joinWebSocket } from './websocket.ts';

/** Provisional answers (1xx) that an upstream may send before the real one. */
const provisionalMax = 20;

/** A request on its last step: everything about it is settled. */
export interface Passing {
  caller: Caller;
  signal: AbortSignal;
  request: CanonicalRequest;
  headers: ReadonlyArray<readonly [string, string]>;
  target: string;
  body: Readable | null;
  upgrade: 'websocket' | null;
  redaction: Redaction | undefined;
  upstream: Dispatcher;
  traffic: Traffic;
  /** Told before the client is that the server takes no such credential (401). */
  onRefused(): void;
  /** What was upgraded has come to its end. */
  onUpgradeEnd(ms: number): void;
}

/** Sends the request and streams its answer back, each side no faster than the other takes it. @throws {Refused} */
export function relay(passing: Passing): Promise<void> {
  const { request, target, body, upgrade, upstream } = passing;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  upstream.dispatch(
    {
      path: target,
      method: request.method,
      headers: ['host', authorityOf(request), ...sentHeaders(passing).flat()],
      body,
      upgrade,
    },
    answerHandler(passing, resolve, (error) => reject(upstreamFault(error, request.host))),
  );
  return promise;
}

/** Without extensions: what is compressed could not be masked, and we would have to speak for the server. */
function sentHeaders({ headers, upgrade }: Passing): Array<readonly [string, string]> {
  return headers.filter(([name]) => upgrade === null || name !== 'sec-websocket-extensions');
}

/** What goes over a connection of its own is counted by its socket, from here on. */
function countSocket(socket: Duplex, traffic: Traffic, onEnd: (ms: number) => void): void {
  const begun = performance.now();
  const { bytesRead = 0, bytesWritten = 0 } = socket as Partial<Socket>;
  socket.once('close', () => {
    const { bytesRead: read = 0, bytesWritten: written = 0 } = socket as Partial<Socket>;
    traffic.received += read - bytesRead;
    traffic.sent += written - bytesWritten;
    onEnd(Math.round(performance.now() - begun));
  });
}

function authorityOf({ scheme, host, port }: CanonicalRequest): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === standardPort(scheme) ? shown : `${shown}:${port}`;
}

function answerHandler(
  { caller, signal, request, redaction, traffic, onRefused, onUpgradeEnd }: Passing,
  resolve: () => void,
  reject: (error: unknown) => void,
): Dispatcher.DispatchHandler {
  const { reply, upgrade } = caller;
  const masked = redaction?.stream();
  let provisional = 0;
  return {
    onRequestStart(controller) {
      const stop = () => controller.abort(new Error('the client went away'));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    },
    onRequestUpgrade(_controller, _status, headers, socket) {
      if (upgrade) {
        traffic.status = 101;
        countSocket(socket, traffic, onUpgradeEnd);
        joinWebSocket(upgrade, { socket, headers: answerHeaders(headers, redaction), masked });
      } else socket.destroy();
      resolve();
    },
    onResponseStart(controller, status, headers) {
      const fault =
        status < 200 ? floodFault(++provisional) : answerFault(status, headers, redaction !== undefined);
      if (fault) {
        controller.abort(fault);
        reject(fault);
      } else if (status >= 200) {
        traffic.status = status;
        if (status === 401) onRefused();
        reply.writeHead(status, answerHeaders(headers, redaction));
      }
    },
    onResponseData(controller, chunk) {
      traffic.received += chunk.length;
      if (reply.write(masked?.push(chunk) ?? chunk)) return;
      controller.pause();
      reply.once('drain', () => controller.resume());
    },
    onResponseEnd() {
      const held = masked?.flush();
      if (held?.length) reply.end(held);
      else reply.end();
      resolve();
    },
    onResponseError(_controller, error) {
      reject(error);
    },
  };

  function floodFault(count: number): Refused | null {
    if (count <= provisionalMax) return null;
    return new Refused(502, 'upstream_failed', `${request.host} sends provisional answers without end.`);
  }

  function answerFault(status: number, headers: IncomingHttpHeaders, masking: boolean): Refused | null {
    // To a client this would be the door asking for a password.
    if (status === 407)
      return new Refused(502, 'upstream_failed', `${request.host} answered as a proxy (407).`);
    const coding = codingOf(headers);
    if (!masking || coding === 'identity' || request.method === 'HEAD') return null;
    const why = `${request.host} sent a compressed answer (${coding}) although none was asked for; secrets in it could not be masked.`;
    return new Refused(502, 'upstream_unreadable', why);
  }
}

/** What an answer's body is packed in, for its content or on the way; `identity` if it can be read as it comes. */
function codingOf(headers: IncomingHttpHeaders): string {
  const ofContent = `${headers['content-encoding'] ?? 'identity'}`.toLowerCase();
  const ofWay = `${headers['transfer-encoding'] ?? 'chunked'}`.toLowerCase();
  return ofWay === 'chunked' ? ofContent : ofWay;
}
