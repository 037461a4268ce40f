import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPageFiles } from './files.ts';
import { indexPage, oneStyle } from './index-page.ts';

/** Said in two pieces: whoever looks for this repository's imports must not find one. */
const later = "import('./later";

const texts = new Map([
  [
    '/index.html',
    `<script type="importmap">{"imports":{"lib":"/vendor/lib.js"}}</script>
    <link rel="icon" href="/icon.svg">
    <link rel="stylesheet" href="/one.css">
    <link rel="stylesheet" href="/two.css">
    <script type="module" src="/app.js"></script>`,
  ],
  ['/app.js', `import { a } from './a.js';\nconst later = () => ${later}.js');`],
  ['/a.js', "import {\n  lib,\n} from 'lib';\nimport { round } from './app.js';"],
  ['/later.js', ''],
  ['/vendor/lib.js', ''],
  ['/one.css', 'one'],
  ['/two.css', 'two'],
]);

test('every script of the first view is named once, behind the import map, and what comes later is not', () => {
  const page = indexPage(texts, '/f/v');
  const preloaded = [...page.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(preloaded, ['/f/v/app.js', '/f/v/a.js', '/f/v/vendor/lib.js']);
  assert.ok(page.indexOf('importmap') < page.indexOf('modulepreload'));
  assert.match(page, /"lib":"\/f\/v\/vendor\/lib\.js"/);
  assert.match(page, /<script type="module" src="\/f\/v\/app\.js">/);
  assert.match(page, /href="\/f\/v\/icon\.svg"/);
});

test('the style sheets are one, in the order in which they stood', () => {
  assert.equal(oneStyle(texts), 'one\ntwo');
  assert.deepEqual(indexPage(texts, '/f/v').match(/href="[^"]+\.css"/g), ['href="/f/v/style.css"']);
});

test('everything that the real page names is there, and is kept by caches until it changes', async () => {
  const files = await loadPageFiles();
  const page = await files.respond('/', {})?.text();
  const named = [...(page ?? '').matchAll(/(?:href=|src=|:)"(\/f\/[^"]+)"/g)].map((match) => match[1] ?? '');
  assert.ok(named.length > 20, `${named.length} files are named`);
  for (const path of named) {
    const answer = files.respond(path, {});
    assert.equal(answer?.headers.get('cache-control'), 'public, max-age=31536000, immutable', path);
  }
  const older = (named[0] ?? '').replace(/^\/f\/[^/]+/, '/f/olderVersion');
  assert.equal(files.respond(older, {})?.headers.get('cache-control'), 'no-cache');
  assert.equal(files.respond('/s/token', {})?.headers.get('cache-control'), 'no-store');
  assert.equal(files.respond('/f/v/../files.ts', {}), null);
});
