import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, request } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { httpsOrigin } from '#worker/egress/testing/origin.ts';

/** The reference server, behind a front that wants a bearer, counts calls and can hold their answers. */
export interface Everything {
  port: number;
  /** Calls that came with the bearer, by tool, in the order they came. */
  calls: string[];
  /** Every other Authorization header that came. */
  strangers: string[];
  /** From now on answers to calls of this tool are held, after the server has done them. */
  hold(tool: string): { held: Promise<void> };
  /** What the front wants from now on. */
  want(bearer: string): void;
}

export async function startEverything(t: Releases, bearer: string): Promise<Everything> {
  const backend = await startServer(t);
  const calls: string[] = [];
  const strangers: string[] = [];
  const holds = new Map<string, () => void>();
  let wanted = bearer;
  const listener: RequestListener = async (asked, answer) => {
    const given = asked.headers.authorization ?? '(none)';
    if (given !== `Bearer ${wanted}`) {
      strangers.push(given);
      return answer.writeHead(401, { 'content-type': 'text/plain' }).end('token expired');
    }
    const body = await buffer(asked);
    const called = toolOf(body);
    if (called !== null) calls.push(called);
    const { method, url, headers } = asked;
    const passed = request({ host: '127.0.0.1', port: backend, method, path: url, headers }, (inner) => {
      answer.writeHead(inner.statusCode ?? 502, inner.headers);
      const held = called === null ? undefined : holds.get(called);
      if (!held) return void inner.pipe(answer);
      // The server is done when its answer has come; whoever asked does not hear of it.
      inner.resume();
      inner.once('end', held);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    passed.end(body);
  };
  const front = await httpsOrigin((asked, answer) => void listener(asked, answer));
  t.after(() => front.close());
  return {
    port: front.port,
    calls,
    strangers,
    hold: (tool) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      holds.set(tool, resolve);
      return { held: promise };
    },
    want: (next) => {
      wanted = next;
    },
  };
}

function toolOf(body: Buffer): string | null {
  if (body.length === 0) return null;
  const message = JSON.parse(body.toString()) as { method?: string; params?: { name?: string } };
  return message.method === 'tools/call' ? (message.params?.name ?? '') : null;
}

async function startServer(t: Releases): Promise<number> {
  const program = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-everything/dist/index.js',
  );
  const port = await freePort();
  const server = spawn(process.execPath, [program, 'streamableHttp'], {
    env: { PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => end(server));
  let said = '';
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  await until(async () => {
    if (server.exitCode !== null) throw new Error(`the reference server ended: ${said}`);
    return said.includes(`${port}`) || null;
  }, 'the reference server to listen');
  return port;
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode === null && server.signalCode === null && server.kill('SIGKILL'))
    await once(server, 'exit');
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
