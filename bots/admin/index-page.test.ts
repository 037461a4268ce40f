import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPageFiles } from './files.ts';
import { indexPage, oneStyle } from './index-page.ts';

const index = `<title>Deckhand</title>
    <link rel="icon" href="/icon.svg">
    <link rel="stylesheet" href="/one.css">
    <link rel="stylesheet" href="/two.css">
    <script type="module" src="/app.js"></script>`;

test('the style sheets are one, in the order in which they stood, and files lie under their version', () => {
  const texts = new Map([
    ['/index.html', index],
    ['/two.css', 'two'],
    ['/one.css', 'one'],
  ]);
  assert.equal(oneStyle(texts), 'one\ntwo');
  const page = indexPage(index, '/f/v');
  assert.deepEqual(page.match(/(href|src)="[^"]+"/g), [
    'href="/f/v/style.css"',
    'href="/f/v/icon.svg"',
    'src="/f/v/app.js"',
  ]);
});

test('everything that the real page names is there, and is kept by caches until it changes', async () => {
  const files = await loadPageFiles();
  const page = await files.respond('/', {})?.text();
  const named = [...(page ?? '').matchAll(/(?:href=|src=|:)"(\/f\/[^"]+)"/g)].map((match) => match[1] ?? '');
  assert.equal(named.length, 3);
  const script = named.find((path) => path.endsWith('.js')) ?? '';
  const code = (await files.respond(script, {})?.text()) ?? '';
  assert.match(code, /\/\/# sourceMappingURL=app\.js\.map\s*$/);
  assert.doesNotMatch(code, /\bimport\b[^;]{0,80}from\b/);
  for (const path of [...named, `${script}.map`]) {
    const answer = files.respond(path, {});
    assert.equal(answer?.headers.get('cache-control'), 'public, max-age=31536000, immutable', path);
  }
  const older = (named[0] ?? '').replace(/^\/f\/[^/]+/, '/f/olderVersion');
  assert.equal(files.respond(older, {})?.headers.get('cache-control'), 'no-cache');
  assert.equal(files.respond('/s/token', {})?.headers.get('cache-control'), 'no-store');
  assert.equal(files.respond('/f/v/../files.ts', {}), null);
});
