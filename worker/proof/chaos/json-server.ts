import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface JsonServer {
  url: string;
  close(): void;
}

/** Answers a call by its path; null: there is no such call. */
export type Calls = Record<string, ((body: never) => Promise<unknown> | unknown) | undefined>;

/** A server on loopback that takes and gives JSON, one path for each call; 500 when a call throws. */
export async function serveJson(calls: Calls): Promise<JsonServer> {
  const server = createServer(async (request, response) => {
    try {
      const body = await readBody(request);
      const answer = await calls[request.url ?? '']?.(body as never);
      response.end(JSON.stringify(answer ?? null));
    } catch (error) {
      response.statusCode = 500;
      response.end(JSON.stringify(String(error)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @throws when the server is gone or says no. */
export async function callJson<T>(url: string, path: string, body: unknown): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  const answer = (await response.json()) as T;
  if (!response.ok) throw new Error(`${path}: ${String(answer)}`);
  return answer;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}
