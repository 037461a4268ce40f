import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { loadPageFiles } from '#bots/admin/files.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { createApp } from './app.ts';
import type { HttpDeps } from './deps.ts';
import { openEventStreams } from './sse.ts';

export interface HttpServer {
  /** Gives the address it listens on. @throws {DeckhandError} `http.port_taken`, `http.not_listening` */
  listen(port: number, host: string): Promise<{ url: string; port: number }>;
  /** Ends the streams, takes nothing new, and waits up to `graceMs` for what is under way. */
  close(graceMs: number): Promise<void>;
}

/** The page and the API over HTTP. */
export async function createHttpServer(deps: HttpDeps): Promise<HttpServer> {
  const streams = openEventStreams((fault) => deps.log.warn({ err: fault }, 'event stream ended'));
  const app = createApp(deps, streams, await loadPageFiles());
  const server = createServer(getRequestListener(app.fetch));
  // A client that sends its headers drop by drop holds no connection for long; uploads may take their time.
  server.headersTimeout = 15_000;
  server.requestTimeout = 10 * 60_000;
  server.keepAliveTimeout = 30_000;

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
    },
  };
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
