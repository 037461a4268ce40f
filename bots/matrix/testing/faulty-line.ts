import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SyncBatch } from '#bots/matrix/types.ts';
import type { Releases } from '#core/testing/last-first.ts';

/** The line between the bot and a homeserver, with what can go wrong on it. */
export interface FaultyLine {
  url: string;
  /** The answer to the next message, or to the next file, is lost after the homeserver has taken it. */
  loseNextAnswer(what?: 'post' | 'file'): void;
  /** So many messages from now on are told to wait. */
  limitNextPosts(seconds: number, count?: number): void;
  down(is: boolean): void;
  /** From now on events come twice, and once more with the next answer. */
  doubled(): void;
  /** Runs when an answer to a sync has been read by us and not yet by the bot. */
  onSync: ((batch: SyncBatch) => void) | null;
}

/** Passes everything on to the homeserver at `upstream`, unless told otherwise. */
export async function openFaultyLine(t: Releases, upstream: string): Promise<FaultyLine> {
  const faults = { lose: null as 'post' | 'file' | null, limitS: 0, limited: 0, down: false, doubled: false };
  let earlier: SyncBatch | null = null;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (faults.down) return void request.socket.destroy();
    const posts = request.method === 'PUT' && path.includes('/send/m.room.message/');
    if (posts && faults.limited > 0) {
      const wait = { errcode: 'M_LIMIT_EXCEEDED', error: 'wait', retry_after_ms: faults.limitS * 1000 };
      faults.limited -= 1;
      return void response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify(wait));
    }
    const { 'content-type': type, authorization } = request.headers;
    const hasBody = request.method !== 'GET';
    const chunks: Uint8Array[] = [];
    if (hasBody) for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const answer = await fetch(`${upstream}${path}`, {
      method: request.method ?? 'GET',
      headers: { ...(type ? { 'content-type': type } : {}), ...(authorization ? { authorization } : {}) },
      signal: gone.signal,
      ...(hasBody ? { body: Buffer.concat(chunks) } : {}),
    });
    let body = Buffer.from(await answer.arrayBuffer());
    if (path.includes('/sync') && answer.ok)
      body = Buffer.from(JSON.stringify(changed(JSON.parse(String(body)))));
    const isFile = /"msgtype":"m\.(file|image)"/.test(String(Buffer.concat(chunks)));
    const lost = posts && faults.lose !== null && (faults.lose === 'post' || isFile);
    if (lost) faults.lose = null;
    if (faults.down || lost) return void request.socket.destroy();
    const headers = { 'content-type': answer.headers.get('content-type') ?? 'application/json' };
    response.writeHead(answer.status, headers).end(body);
  }

  function changed(batch: SyncBatch): SyncBatch {
    line.onSync?.(batch);
    if (!faults.doubled) return batch;
    const rooms = Object.entries(batch.rooms?.join ?? {});
    const before = structuredClone(batch);
    for (const [roomId, room] of rooms) {
      const old = earlier?.rooms?.join?.[roomId]?.timeline?.events ?? [];
      const fresh = room.timeline?.events ?? [];
      if (room.timeline) room.timeline.events = [...fresh, ...old, ...fresh];
    }
    earlier = before;
    return batch;
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const line: FaultyLine = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseNextAnswer: (what = 'post') => {
      faults.lose = what;
    },
    limitNextPosts: (seconds, count = 1) => {
      faults.limitS = seconds;
      faults.limited = count;
    },
    down: (is) => {
      faults.down = is;
      if (is) server.closeAllConnections();
    },
    doubled: () => {
      faults.doubled = true;
    },
    onSync: null,
  };
  return line;
}
