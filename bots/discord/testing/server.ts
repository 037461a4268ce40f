import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Buckets } from './buckets.ts';
import type { Answer, Route } from './call.ts';
import type { Upload } from './check-message.ts';
import { numbers } from './numbers.ts';
import { DiscordRefusal, refuse, rules } from './refusals.ts';
import type { Switches } from './switches.ts';
import type { Json, World } from './world.ts';

export interface Doors {
  world: World;
  routes: Route[];
  buckets: Buckets;
  switches: Switches;
  /** Each call that was made, by method and path. */
  calls: string[];
}

/** JSON, or a form with `payload_json` and `files[n]` (docs.discord.com/developers/reference#uploading-files). */
async function bodyOf(request: IncomingMessage): Promise<{ body: Json; files: Upload[] }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= numbers.requestBytes.value) chunks.push(chunk);
  }
  if (size > numbers.requestBytes.value) refuse(rules.tooLarge);
  const bytes = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  try {
    if (!type.startsWith('multipart/')) return { body: JSON.parse(bytes.toString() || '{}'), files: [] };
    const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
    const files: Upload[] = [];
    for (const [key, value] of form) {
      if (!/^files\[\d+\]$/.test(key) || typeof value === 'string') continue;
      files.push({ name: value.name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) });
    }
    return { body: JSON.parse(String(form.get('payload_json') ?? '{}')), files };
  } catch {
    return refuse(rules.invalidJson);
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: Answer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...(body ? { 'content-type': 'application/json' } : {}), ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function sendRefusal(doors: Doors, response: ServerResponse, { rule, field }: DiscordRefusal, headers = {}) {
  if ([401, 403, 429].includes(rule.status)) doors.buckets.invalid += 1;
  const errors = field ? { errors: { [field]: { _errors: [{ code: 'INVALID', message: rule.says }] } } } : {};
  const wait = rule.status === 429 ? { retry_after: 60, global: false } : {};
  const after: Record<string, string> =
    rule.status === 429 ? { 'retry-after': '60', 'x-ratelimit-scope': 'shared' } : {};
  const body = { message: rule.says, code: rule.code, ...errors, ...wait };
  sendJson(response, rule.status, body, { ...headers, ...after });
}

/** Files of messages, as Discord's content network gives them: to anybody who has the address. */
function giveFile({ world }: Doors, response: ServerResponse, id: string): void {
  for (const channel of world.channels.values()) {
    for (const message of channel.messages.values()) {
      const file = message.files.find((one) => one.id === id);
      if (!file) continue;
      response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length });
      return void response.end(file.bytes);
    }
  }
  response.writeHead(404).end();
}

/** That a call came is a change, whatever it changes. */
function record({ calls, world }: Doors, call: string): void {
  calls.push(call);
  world.bell.emit('change');
}

async function answerCall(doors: Doors, origin: string, request: IncomingMessage, response: ServerResponse) {
  const { world, switches, buckets } = doors;
  const url = new URL(request.url ?? '/', origin);
  const [, , file] = /^\/cdn\/((\d+))\//.exec(url.pathname) ?? [];
  if (file) {
    record(doors, `GET /cdn/${file}`);
    return giveFile(doors, response, file);
  }
  const path = url.pathname.replace(/^\/api\/v10/, '');
  const method = request.method ?? 'GET';
  const route = doors.routes.find((one) => one.method === method && one.path.test(path));
  record(doors, `${method} ${path}`);
  const spoilt = switches.strike(`${method} ${path}`);
  if (spoilt === 'unreached' || switches.down) return void request.socket.destroy();
  const { body, files } = await bodyOf(request).catch((error) => ({ body: error as unknown, files: null }));
  let headers: Record<string, string> = {};
  try {
    if (typeof spoilt === 'object') {
      headers = { 'retry-after': String(spoilt.retryAfterSec), 'x-ratelimit-scope': 'user' };
      buckets.invalid += 1;
      const told = {
        message: 'You are being rate limited.',
        retry_after: spoilt.retryAfterSec,
        global: false,
      };
      return sendJson(response, 429, told, headers);
    }
    if (!route) return refuse(rules.unknownRoute);
    if (!route.open && request.headers.authorization !== `Bot ${world.app.token}`) refuse(rules.unauthorized);
    const params = (route.path.exec(path) ?? []).slice(1).map(decodeURIComponent);
    const name = `${method} ${route.path.source}`;
    const taken = buckets.take(name, params[0] ?? '', { global: !route.open });
    headers = taken.headers;
    if (taken.retryAfterMs > 0) {
      buckets.invalid += 1;
      const seconds = taken.retryAfterMs / 1000;
      const told = { message: 'You are being rate limited.', retry_after: seconds, global: taken.global };
      return sendJson(response, 429, told, { ...headers, 'retry-after': String(Math.ceil(seconds)) });
    }
    if (files === null) throw body;
    if (switches.latencyMs > 0) await new Promise((done) => setTimeout(done, switches.latencyMs));
    const answer = route.answer({
      world,
      origin,
      method,
      params,
      query: url.searchParams,
      body: body as Json,
      files,
    });
    if (spoilt === 'lost') return void request.socket.destroy();
    sendJson(response, answer === undefined ? 204 : 200, answer, headers);
  } catch (error) {
    if (!(error instanceof DiscordRefusal)) throw error;
    sendRefusal(doors, response, error, headers);
  }
}

/** Listens on a free loopback port; a fault of the twin itself answers 500 and is kept in `faults`. */
export async function listen(doors: Doors, faults: unknown[]): Promise<{ server: Server; origin: string }> {
  let origin = '';
  const server = createServer((request, response) => {
    answerCall(doors, origin, request, response).catch((error: unknown) => {
      faults.push(error);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, origin };
}
