import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Desk } from './desk.ts';
import { isObject, type Json, type JsonObject, textAt } from './json.ts';
import { SlackRefusal } from './refusals.ts';
import { respond } from './respond.ts';
import type { Tokens, WebApi } from './web-api.ts';

const bearer = (request: IncomingMessage): string =>
  /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A form's values; those that read as JSON objects or lists are such, as the SDKs send them. */
function fromForm(form: URLSearchParams): JsonObject {
  const value = (text: string): Json => {
    if (!/^[[{]/.test(text)) return text;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  return Object.fromEntries([...form].map(([key, text]) => [key, value(text)]));
}

function argsOf(type: string, body: Buffer, query: URLSearchParams): JsonObject {
  const text = body.toString();
  if (!type.includes('json')) return { ...fromForm(query), ...fromForm(new URLSearchParams(text)) };
  try {
    const json: unknown = JSON.parse(text || '{}');
    return isObject(json) ? json : {};
  } catch {
    return {};
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}

export interface Doors {
  desk: Desk;
  api: WebApi;
  tokens: Tokens;
}

/** The API itself, at `/api/<method>`. */
async function callApi({ api }: Doors, request: IncomingMessage, response: ServerResponse, url: URL) {
  const args = argsOf(request.headers['content-type'] ?? '', await bytesOf(request), url.searchParams);
  const answer = api.answer({
    method: url.pathname.slice('/api/'.length),
    verb: request.method ?? '',
    token: bearer(request) || (textAt(args, 'token') ?? ''),
    args,
  });
  if (!answer) return void request.socket.destroy();
  sendJson(response, answer.status, answer.body, answer.headers);
}

/** The bytes of an upload, plain or as a form. Assumed: Slack takes what comes, whatever length was announced. */
async function takeUpload({ desk }: Doors, request: IncomingMessage, response: ServerResponse, url: URL) {
  const file = desk.world.files.get(url.pathname.split('/').at(-1) ?? '');
  const body = await bytesOf(request);
  const type = request.headers['content-type'] ?? '';
  const part = type.startsWith('multipart/')
    ? [
        ...(
          await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
        ).values(),
      ][0]
    : undefined;
  if (!file) return void response.writeHead(404).end();
  file.bytes = part instanceof Blob ? Buffer.from(await part.arrayBuffer()) : body;
  response.writeHead(200).end(`OK - ${file.bytes.length}`);
}

/** A file's bytes for whoever has the bot's token; assumed: without it there is a page to sign in, with status 200. */
function giveFile({ desk, tokens }: Doors, request: IncomingMessage, response: ServerResponse, url: URL) {
  const file = desk.world.files.get(url.pathname.split('/')[2]?.split('-').at(-1) ?? '');
  if (bearer(request) !== tokens.bot || !desk.scopes.has('files:read') || desk.switches.revoked)
    return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in to Slack</html>');
  if (!file?.complete) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length }).end(file.bytes);
}

/** A response URL; assumed: the codes for one that is used up or too old, and for a body that is refused. */
async function takeResponse({ desk }: Doors, request: IncomingMessage, response: ServerResponse, url: URL) {
  const body = argsOf('json', await bytesOf(request), url.searchParams);
  const place = desk.interactions.place(url.pathname.split('/').at(-1) ?? '');
  if (!place) return sendJson(response, 404, { ok: false, error: 'used_url' });
  try {
    respond(desk, place, body);
    response.writeHead(200).end('ok');
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    sendJson(response, 400, { ok: false, error: error.rule.error });
  }
}

async function route(doors: Doors, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://twin');
  if (url.pathname.startsWith('/api/')) return callApi(doors, request, response, url);
  if (doors.desk.switches.down) return void request.socket.destroy();
  if (url.pathname.startsWith('/upload/')) return takeUpload(doors, request, response, url);
  if (url.pathname.startsWith('/files-pri/')) return giveFile(doors, request, response, url);
  if (url.pathname.startsWith('/response/')) return takeResponse(doors, request, response, url);
  response.writeHead(404).end();
}

/** Listens on a free loopback port; a fault of the twin itself answers 500 and is kept in `faults`. */
export async function listen(doors: Doors, faults: unknown[]): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    route(doors, request, response).catch((error: unknown) => {
      faults.push(error);
      response.writeHead(500).end();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    if (doors.desk.switches.down) socket.destroy();
    else doors.desk.sockets.upgrade(request, socket, head);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { server, origin: `http://127.0.0.1:${port}` };
}
