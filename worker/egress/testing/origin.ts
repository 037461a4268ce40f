import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { openAuthority } from '../authority/authority.ts';

/** The certifier of all test servers. */
export const worldAuthority = openAuthority(
  createHash('sha256').update('a certifier for tests').digest(),
  'world',
);
export const worldRoot = worldAuthority.pem;

export interface Origin {
  server: Server;
  port: number;
  close(): Promise<void>;
}

/** A plain HTTP server on a free port of 127.0.0.1. */
export function httpOrigin(listener: RequestListener): Promise<Origin> {
  return listening(createServer(listener));
}

/** An HTTPS server; it shows itself to be whatever name it is asked for, certified by `certifier`. */
export function httpsOrigin(listener: RequestListener, certifier = worldAuthority): Promise<Origin> {
  const server = createTlsServer(
    { SNICallback: (name, done) => done(null, certifier.contextFor(name)) },
    listener,
  );
  return listening(server);
}

/** Somebody whom nobody trusts. */
export const stranger = openAuthority(randomBytes(32), 'stranger');

/** Says what it was sent, as JSON. */
export const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, rawHeaders } = request;
    const body = Buffer.concat(chunks).toString('latin1');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method, url, rawHeaders, body }));
  });
};

async function listening(server: Server): Promise<Origin> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
