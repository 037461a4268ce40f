import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** A way to the server: by this proxy's socket or port. */
export interface Way {
  proxy: string | number;
  host: string;
  port: number;
  /** The proxy's process. */
  pid: number;
}

export interface Rate {
  perSecond: number;
  /** Seconds that the proxy's process was at work for one of them: hardly depends on what else the machine does. */
  cpuSeconds: number;
}

/** TLS to the server through the proxy. Nobody checks certificates here: it costs the same for each. */
async function open({ proxy, host, port }: Way): Promise<TLSSocket> {
  const socket: Socket = typeof proxy === 'string' ? connect(proxy) : connect(proxy, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
  const [said] = (await once(socket, 'data')) as [Buffer];
  if (!said.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(`the proxy said ${said}`);
  const secure = connectTls({ socket, servername: host, rejectUnauthorized: false });
  await once(secure, 'secureConnect');
  return secure;
}

/** Sends one request and reads its whole answer; gives the bytes of its body. */
function ask(socket: TLSSocket, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let expected = -1;
    let seen = 0;
    const done = (settle: () => void) => {
      socket.off('data', onData).off('close', onClose);
      settle();
    };
    const onClose = () => done(() => reject(new Error('the connection broke off')));
    const onData = (chunk: Buffer) => {
      seen += chunk.length;
      if (expected < 0) {
        const end = chunk.indexOf('\r\n\r\n');
        const head = chunk.toString('latin1', 0, end);
        const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
        if (!/^HTTP\/1.1 200/.test(head) || Number.isNaN(length))
          return done(() => reject(new Error(chunk.toString('latin1', 0, 600))));
        expected = end + 4 + length;
      }
      if (seen >= expected) done(() => resolve(expected));
    };
    socket.on('data', onData).once('close', onClose);
    socket.write(request);
  });
}

const get = ({ host, port }: Way, path: string) => `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;

/** What `connections` get done side by side within a time, each by repeating `step`. */
async function rateOf(
  { pid }: Way,
  connections: number,
  ms: number,
  start: () => Promise<{ step(): Promise<number>; end(): void }>,
): Promise<Rate> {
  const hands = await Promise.all(Array.from({ length: connections }, start));
  const busy = cpuSecondsOf(pid);
  const from = performance.now();
  let done = 0;
  await Promise.all(
    hands.map(async ({ step }) => {
      while (performance.now() - from < ms) done += await step();
    }),
  );
  const took = performance.now() - from;
  const cpuSeconds = (cpuSecondsOf(pid) - busy) / done;
  for (const { end } of hands) end();
  return { perSecond: (1000 * done) / took, cpuSeconds };
}

/** Time that all threads of a process have run (proc(5), schedstat: nanoseconds). */
function cpuSecondsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ran = (thread: string) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return threads.reduce((sum, thread) => sum + ran(thread), 0) / 1e9;
}

/** Small requests a second over kept connections. */
export function requestRate(way: Way, connections: number, ms: number): Promise<Rate> {
  return rateOf(way, connections, ms, async () => {
    const socket = await open(way);
    const request = get(way, '/');
    await ask(socket, request);
    return {
      step: async () => {
        await ask(socket, request);
        return 1;
      },
      end: () => socket.destroy(),
    };
  });
}

/** Bytes a second of answers of `bytes` each. */
export function byteRate(way: Way, connections: number, bytes: number, ms: number): Promise<Rate> {
  return rateOf(way, connections, ms, async () => {
    const socket = await open(way);
    return { step: () => ask(socket, get(way, `/${bytes}`)), end: () => socket.destroy() };
  });
}

/** Connections a second that are opened, used for one request and closed. */
export function connectionRate(way: Way, connections: number, ms: number): Promise<Rate> {
  return rateOf(way, connections, ms, async () => ({
    step: async () => {
      await freshRequest(way);
      return 1;
    },
    end: () => {},
  }));
}

/** Milliseconds from nothing to the whole answer. */
export async function freshRequest(way: Way): Promise<number> {
  const from = performance.now();
  const socket = await open(way);
  await ask(socket, get(way, '/'));
  const took = performance.now() - from;
  socket.destroy();
  return took;
}

/** One answer of this many bytes. */
export async function download(way: Way, bytes: number): Promise<void> {
  const socket = await open(way);
  await ask(socket, get(way, `/${bytes}`));
  socket.destroy();
}
