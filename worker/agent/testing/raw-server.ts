import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RawServer {
  /** What a client takes for an OpenAI address. */
  baseUrl: string;
  /** Requests so far. */
  readonly requests: number;
  close(): Promise<void>;
}

/** A server on a free port that answers each request, numbered from 1, exactly as a test says. */
export async function rawServer(
  answer: (response: ServerResponse, nth: number, request: IncomingMessage) => void,
): Promise<RawServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    answer(response, requests, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
