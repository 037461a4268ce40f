import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

/** How a server may give back what it was sent; `secret` is what the request carried. */
type Reflect = (secret: string, response: ServerResponse, request: IncomingMessage) => void;

const bytewise = (text: string, spell: (byte: number) => string) =>
  Array.from(Buffer.from(text), spell).join('');
const hexOf = (byte: number) => byte.toString(16).padStart(2, '0');
const body =
  (write: (secret: string) => string | Buffer, headers: Record<string, string> = {}): Reflect =>
  (secret, response) => {
    response.writeHead(200, headers);
    response.end(write(secret));
  };
/** Writes the answer itself, past the rules of Node's writer. */
const raw =
  (write: (secret: string) => string | string[]): Reflect =>
  (secret, response) => {
    const pieces = [write(secret)].flat();
    for (const piece of pieces.slice(0, -1)) response.socket?.write(piece);
    response.socket?.end(pieces.at(-1) ?? '');
  };
const ok = 'HTTP/1.1 200 OK\r\nConnection: close\r\n';

export const reflections: Record<string, Reflect> = {
  plain: body((secret) => `you are ${secret}.`),
  'by-bytes': (secret, response) => {
    response.socket?.setNoDelay(true);
    const bytes = [...`it is ${secret}!`];
    const next = () => {
      const byte = bytes.shift();
      if (byte === undefined) return void response.end();
      response.write(byte, () => setImmediate(next));
    };
    next();
  },
  'half-and-half': (secret, response) => {
    response.write(`x${secret.slice(0, 9)}`, () => setImmediate(() => response.end(`${secret.slice(9)}x`)));
  },
  twice: body((secret) => `${secret}${secret}`),
  overlapping: body((secret) => `${secret.slice(0, 12)}${secret}${secret.slice(3)}`),
  'header-value': (secret, response) => response.writeHead(200, { 'x-you': `token ${secret}` }).end('ok'),
  'header-name': (secret, response) => response.writeHead(200, { [`x-${secret}`]: '1' }).end('ok'),
  cookie: (secret, response) =>
    response.writeHead(200, { 'set-cookie': [`a=1`, `t=${secret}; Path=/`] }).end('ok'),
  location: (secret, response) =>
    response.writeHead(302, { location: `/next?token=${encodeURIComponent(secret)}` }).end(),
  'content-type': (secret, response) =>
    response.writeHead(200, { 'content-type': `text/plain; boundary=${secret}` }).end('ok'),
  etag: (secret, response) => response.writeHead(200, { etag: `"${secret}"` }).end('ok'),
  authenticate: (secret, response) =>
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${secret}"` }).end('no'),
  reason: raw((secret) => `HTTP/1.1 200 ${secret}\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok`),
  'error-page': (secret, response) => response.writeHead(500).end(`bad token ${secret} at line 1`),
  'not-found': (secret, response) => response.writeHead(404).end(`<p>no ${secret}`),
  json: body((secret) => JSON.stringify({ you: { token: secret } }), { 'content-type': 'application/json' }),
  'json-escapes': body((secret) => `{"t":"${bytewise(secret, (byte) => `\\u00${hexOf(byte)}`)}"}`),
  'hex-escapes': body((secret) => bytewise(secret, (byte) => `\\x${hexOf(byte)}`)),
  percent: body((secret) => bytewise(secret, (byte) => `%${hexOf(byte)}`)),
  'percent-capitals': body((secret) => bytewise(secret, (byte) => `%${hexOf(byte).toUpperCase()}`)),
  'percent-some': body((secret) => secret.replace(/[0-9]/g, (one) => `%${hexOf(one.charCodeAt(0))}`)),
  entities: body((secret) => bytewise(secret, (byte) => `&#${byte};`)),
  'hex-entities': body((secret) => bytewise(secret, (byte) => `&#x${hexOf(byte)};`)),
  base64: body((secret) => Buffer.from(secret).toString('base64')),
  'base64-shifted': body((secret) => Buffer.from(`?${secret}`).toString('base64')),
  'base64-shifted-twice': body((secret) => Buffer.from(`u:${secret}`).toString('base64')),
  'base64-url': body((secret) => Buffer.from(`~~${secret}~~`).toString('base64url')),
  'base64-percent': body((secret) => encodeURIComponent(Buffer.from(`a:${secret}`).toString('base64'))),
  hex: body((secret) => Buffer.from(secret).toString('hex')),
  'hex-capitals': body((secret) => Buffer.from(secret).toString('hex').toUpperCase()),
  gzip: body((secret) => gzipSync(secret), { 'content-encoding': 'gzip' }),
  deflate: body((secret) => deflateSync(secret), { 'content-encoding': 'deflate' }),
  brotli: body((secret) => brotliCompressSync(secret), { 'content-encoding': 'br' }),
  'gzip-twice-named': body((secret) => gzipSync(secret), { 'content-encoding': 'identity, gzip' }),
  'gzip-x': body((secret) => gzipSync(secret), { 'content-encoding': 'x-gzip' }),
  'gzip-transfer': (secret, response) => {
    const packed = gzipSync(secret);
    response.socket?.write(`${ok}Transfer-Encoding: gzip, chunked\r\n\r\n${packed.length.toString(16)}\r\n`);
    response.socket?.write(packed);
    response.socket?.end('\r\n0\r\n\r\n');
  },
  range: (secret, response, request) => {
    const [, from = 0, to = 0] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
    const text = `t=${secret}`;
    if (!request.headers.range) return void response.writeHead(200).end(text);
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${text.length}` });
    response.end(text.slice(Number(from), Number(to) + 1));
  },
  'chunk-extension': raw(
    (secret) => `${ok}Transfer-Encoding: chunked\r\n\r\n2;t=${secret}\r\nok\r\n0\r\n\r\n`,
  ),
  trailer: raw(
    (secret) =>
      `${ok}Transfer-Encoding: chunked\r\nTrailer: x-you\r\n\r\n2\r\nok\r\n0\r\nx-you: ${secret}\r\n\r\n`,
  ),
  'early-hints': raw((secret) => [
    `HTTP/1.1 103 Early Hints\r\nLink: </${secret}>; rel=preload\r\n\r\n`,
    `${ok}Content-Length: 2\r\n\r\nok`,
  ]),
  'ill-formed': raw((secret) => `HTTP/1.1 200 OK\r\n${secret} is no header\r\n\r\nok`),
  'status-line': raw((secret) => `HTTP/9.9 ${secret}\r\n\r\n`),
  'no-http': raw((secret) => `${secret}\r\n`),
  'cut-short': raw((secret) => `HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nx${secret}`),
  'until-close': raw((secret) => `HTTP/1.1 200 OK\r\n\r\nx${secret}`),
  'old-version': raw((secret) => `HTTP/1.0 200 OK\r\n\r\nx${secret}`),
  'location-host': (secret, response) =>
    response.writeHead(301, { location: `https://${secret}.open.test/` }).end(),
};
