import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { indexPage, oneStyle, styleName } from './index-page.ts';
import { makeScript } from './script.ts';

/** The page's files, held in memory: there are few, and they change only with the version. */
export interface PageFiles {
  /** The answer for a path, or null when the page has no such file. `headers` are the request's, lower case. */
  respond(path: string, headers: Record<string, string>): Response | null;
  contentSecurityPolicy: string;
}

interface PageFile {
  content: Uint8Array<ArrayBuffer>;
  zipped: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json',
};
/** What is read as it is; scripts become one. */
const sent = new Set(['.html', '.css', '.svg']);

/** Addresses that are views of the page rather than files. */
const views =
  /^\/(sign-in|overview|approvals|sessions(\/[\w-]{1,64})?|schedules|egress|secrets|policies|templates|usage|people|account|audit|settings|api|oauth\/callback|[sl]\/[\w-]{0,64}|t\/[\w-]{1,64})?$/;

/** Reads everything once. */
export async function loadPageFiles(): Promise<PageFiles> {
  const folder = fileURLToPath(new URL('./assets', import.meta.url));
  const texts = new Map<string, string>();
  for (const name of await readdir(folder)) {
    if (sent.has(extname(name))) texts.set(`/${name}`, await readFile(join(folder, name), 'utf8'));
  }
  const { code, map } = await makeScript(join(folder, 'app.js'));
  const made = new Map([
    ['/app.js', code],
    ['/app.js.map', map],
    [styleName, oneStyle(texts)],
    ['/icon.svg', texts.get('/icon.svg') ?? ''],
  ]);
  const version = hashOf([...made].flat().join('\0'));
  const index = await load('/index.html', indexPage(texts.get('/index.html') ?? '', `/f/${version}`));
  const files = new Map<string, PageFile>();
  for (const [path, text] of made) files.set(path, await load(path, text));
  return {
    respond: (path, headers) => {
      if (views.test(path)) return answer(index, headers, holdsToken.test(path) ? 'no-store' : 'no-cache');
      const [, wanted, name = ''] = versioned.exec(path) ?? [];
      const file = files.get(name);
      // A page of the version before, still open, is given what there is now; its caches shall not keep it.
      return file ? answer(file, headers, wanted === version ? forEver : 'no-cache') : null;
    },
    contentSecurityPolicy,
  };
}

/** Views whose address holds a token: they stay in no cache. */
const holdsToken = /^\/([sl]|oauth)\//;
/** `/f/VERSION/app.js` */
const versioned = /^\/f\/([\w-]{1,40})(\/.+)$/;
const forEver = 'public, max-age=31536000, immutable';

async function load(path: string, text: string): Promise<PageFile> {
  const content = new TextEncoder().encode(text);
  const zipped = new Uint8Array(await promisify(gzip)(content, { level: 9 }));
  return { content, zipped, type: types[extname(path)] ?? 'text/plain', etag: `"${hashOf(text)}"` };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 20);
}

function answer(file: PageFile, request: Record<string, string>, caches: string): Response {
  const headers = {
    'content-type': file.type,
    etag: file.etag,
    'cache-control': caches,
    vary: 'accept-encoding',
  };
  if (request['if-none-match'] === file.etag) return new Response(null, { status: 304, headers });
  if (!/\bgzip\b/.test(request['accept-encoding'] ?? '')) return new Response(file.content, { headers });
  return new Response(file.zipped, { headers: { ...headers, 'content-encoding': 'gzip' } });
}

/** Only our own files run; no string becomes markup. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
