import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { indexPage, oneStyle, styleName } from './index-page.ts';

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
  const texts = new Map<string, string>();
  for (const name of await readdir(folder)) {
    if (types[extname(name)]) texts.set(`/${name}`, await readFile(join(folder, name), 'utf8'));
  }
  for (const [path, name] of Object.entries(vendored)) {
    texts.set(path, await readFile(fileURLToPath(import.meta.resolve(name)), 'utf8'));
  }
  texts.set('/vendor/markdown-it.js', await readFile(fileURLToPath(markdown), 'utf8'));
  texts.set(styleName, oneStyle(texts));

  const version = hashOf([...texts].flat().join('\0'));
  const document = indexPage(texts, `/f/${version}`);
  const index = await load('/index.html', document);
  texts.delete('/index.html');
  const files = new Map<string, PageFile>();
  for (const [path, text] of texts) files.set(path, await load(path, text));
  return {
    respond: (path, headers) => {
      if (views.test(path)) return answer(index, headers, holdsToken.test(path) ? 'no-store' : 'no-cache');
      const [, wanted, name = ''] = versioned.exec(path) ?? [];
      const file = files.get(name);
      // A page of the version before, still open, is given what there is now; its caches shall not keep it.
      return file ? answer(file, headers, wanted === version ? forEver : 'no-cache') : null;
    },
    contentSecurityPolicy: policy(document),
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
