import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

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
};

/** Libraries the page uses as they come from npm; index.html's import map names them. */
const vendored: Record<string, string> = {
  '/vendor/preact.js': 'preact',
  '/vendor/preact-hooks.js': 'preact/hooks',
  '/vendor/htm.js': 'htm',
};
/** The bundle for browsers has no name that Node resolves. */
const markdown = new URL('./browser/markdown-it.esm.min.mjs', import.meta.resolve('markdown-it'));

/** Addresses that are views of the page rather than files. */
const views =
  /^\/(sign-in|overview|approvals|sessions(\/[\w-]{1,64})?|schedules|egress|secrets|policies|templates|people|account|audit|settings|api|oauth\/callback|[sl]\/[\w-]{0,64}|t\/[\w-]{1,64})?$/;

/** Reads everything once. */
export async function loadPageFiles(): Promise<PageFiles> {
  const folder = fileURLToPath(new URL('./assets', import.meta.url));
  const files = new Map<string, PageFile>();
  for (const name of await readdir(folder)) {
    if (types[extname(name)]) files.set(`/${name}`, await load(join(folder, name)));
  }
  for (const [path, name] of Object.entries(vendored)) {
    files.set(path, await load(fileURLToPath(import.meta.resolve(name))));
  }
  files.set('/vendor/markdown-it.js', await load(fileURLToPath(markdown)));

  const index = files.get('/index.html');
  return {
    respond: (path, headers) => {
      const file = views.test(path) ? index : files.get(path);
      return file ? answer(file, headers, /^\/([sl]|oauth)\//.test(path)) : null;
    },
    contentSecurityPolicy: policy(new TextDecoder().decode(index?.content)),
  };
}

async function load(path: string): Promise<PageFile> {
  const content = new Uint8Array(await readFile(path));
  const zipped = new Uint8Array(await promisify(gzip)(content, { level: 9 }));
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 20)}"`;
  const type = types[extname(path)] ?? 'text/javascript; charset=utf-8';
  return { content, zipped, type, etag };
}

function answer(file: PageFile, request: Record<string, string>, secret: boolean): Response {
  const headers = {
    'content-type': file.type,
    etag: file.etag,
    // An address that holds a token stays in no cache.
    'cache-control': secret ? 'no-store' : 'no-cache',
    vary: 'accept-encoding',
  };
  if (request['if-none-match'] === file.etag) return new Response(null, { status: 304, headers });
  if (!/\bgzip\b/.test(request['accept-encoding'] ?? '')) return new Response(file.content, { headers });
  return new Response(file.zipped, { headers: { ...headers, 'content-encoding': 'gzip' } });
}

/** Only our own files run; the import map is the one inline script, allowed by its hash. No string becomes markup. */
function policy(index: string): string {
  const map = /<script type="importmap">([\s\S]*?)<\/script>/.exec(index)?.[1] ?? '';
  const hash = createHash('sha256').update(map).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
