import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { loadPageFiles } from '#bots/admin/files.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { createApp } from './app.ts';
import type { HttpDeps } from './deps.ts';
import { openLiveHub } from './live-hub.ts';
import { openEventStreams } from './sse.ts';

export interface HttpServer {
  /** Gives the address it listens on. @throws {DeckhandError} `http.port_taken`, `http.not_listening` */
  listen(port: number, host: string): Promise<{ url: string; port: number }>;
  /** Ends the streams, takes nothing new, and waits up to `graceMs` for what is under way. */
  close(graceMs: number): Promise<void>;
}

/**
 * The page and the API over HTTP. A connection on which nothing has moved for `stuckMs` is cut: whoever reads no more of a
 * stream or a file would hold what is kept for them for ever. Streams say something every 15 seconds.
 */
export async function createHttpServer(deps: HttpDeps, stuckMs = 120_000): Promise<HttpServer> {
  const streams = openEventStreams((fault) => deps.log.warn({ err: fault }, 'event stream ended'));
  const hub = await openLiveHub(deps.live);
  const app = createApp(deps, streams, hub, await loadPageFiles());
  const answer = getRequestListener(app.fetch, { autoCleanupIncoming: false });
  const server = createServer((incoming, outgoing) => {
    readToTheEnd(incoming, outgoing);
    void answer(incoming, outgoing);
  });
  // A client that sends its headers drop by drop holds no connection for long; uploads may take their time.
  server.headersTimeout = 15_000;
  server.requestTimeout = 10 * 60_000;
  server.keepAliveTimeout = 30_000;
  server.timeout = stuckMs;

  return {
    async listen(port, host) {
      await started(server, port, host);
      const taken = (server.address() as AddressInfo).port;
      const name = host.includes(':') ? `[${host}]` : host;
      const shown = name === '0.0.0.0' || name === '[::]' ? '127.0.0.1' : name;
      return { url: `http://${shown}:${taken}`, port: taken };
    },

    async close(graceMs) {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      streams.closeAll();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await ended;
      clearTimeout(timer);
      await hub.close();
    },
  };
}

/** What is left of a refused body is read for so long, and so much of it. */
const restMs = 10_000;
const restBytes = 256 * 1024 * 1024;

/**
 * Whoever is answered before their body is read goes on sending: an end then would close on them, and lose them the
 * answer in a broken pipe. So the answer ends once what is left has been read and thrown away, within bounds.
 */
function readToTheEnd(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const end = outgoing.end.bind(outgoing) as (...given: unknown[]) => ServerResponse;
  outgoing.end = ((...given: unknown[]) => {
    if (incoming.complete || incoming.destroyed) return end(...given);
    let read = 0;
    let ended = false;
    const timer = setTimeout(enough, restMs);
    function enough(): void {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      incoming.off('data', count);
      end(...given);
    }
    function count(chunk: Buffer): void {
      read += chunk.length;
      if (read > restBytes) enough();
    }
    // Whoever read it first has stopped, and would hold it up.
    incoming.removeAllListeners('data');
    incoming
      .on('data', count)
      .once('end', enough)
      .once('close', enough)
      .on('error', () => {});
    incoming.resume();
    return outgoing;
  }) as ServerResponse['end'];
}

async function started(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === 'EADDRINUSE') {
      throw new DeckhandError(
        'http.port_taken',
        `Port ${port} on ${host} is in use: another Deckhand, or another program. Stop it, or set DECKHAND_PORT to a free port.`,
        { blame: 'machine', cause: fault },
      );
    }
    throw new DeckhandError(
      'http.not_listening',
      `Cannot listen on ${host}:${port} (${messageOf(fault)}). Set DECKHAND_HOST and DECKHAND_PORT to an address of this machine.`,
      { blame: 'machine', cause: fault },
    );
  });
}
