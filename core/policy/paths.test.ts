import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePathPattern, pathMatches } from './paths.ts';

const table: Array<[pattern: string, holds: string[], not: string[]]> = [
  ['/repos', ['/repos', '/repos/', '/repos/a/b'], ['/repo', '/reposx', '/', '/REPOS']],
  ['/', ['/', '/a', '/a/b/'], []],
  ['/repos/*', ['/repos/a', '/repos/a/'], ['/repos', '/repos/a/b']],
  ['/repos/**', ['/repos/a', '/repos/a/b', '/repos'], ['/rep']],
  ['/repos/*/issues', ['/repos/a/issues'], ['/repos/a/b/issues', '/repos/a/issues/1']],
  ['/**/git-*-pack', ['/a/b/git-upload-pack', '/git-receive-pack'], ['/a/git-pack', '/a/git-upload-pack/x']],
  ['/a*b*c', ['/abc', '/axxbxxc', '/abcbc'], ['/ab', '/a/bc']],
];

for (const [text, holds, not] of table) {
  test(`${text} permits ${holds.join(' ')} and not ${not.join(' ')}`, () => {
    const pattern = parsePathPattern(text);
    assert.deepEqual(
      holds.filter((path) => !pathMatches(pattern, path, 'strictly')),
      [],
    );
    assert.deepEqual(
      not.filter((path) => pathMatches(pattern, path, 'strictly')),
      [],
    );
  });
}

test('another spelling of a restricted path is restricted too', () => {
  const admin = parsePathPattern('/admin');
  const spellings = [
    '/admin',
    '/%61dmin',
    '/%2561dmin',
    '//admin',
    '/./admin',
    '/x/%2e%2e/admin',
    '/x%2f..%2fadmin',
  ];
  for (const path of [
    ...spellings,
    '/Admin/users',
    '/admin;x=1/users',
    '/x/..;/admin',
    '/x%5c..%5cadmin',
    '/%41DMIN',
  ]) {
    assert.equal(pathMatches(admin, path, 'generously'), true, path);
  }
});

test('a path that some server would read outside the permitted one is not permitted', () => {
  const open = parsePathPattern('/public/**');
  for (const path of [
    '/public/..%2fadmin',
    '/public/%2e%2e/admin',
    '/public/..;/admin',
    '/public/..%252fadmin',
    '/public/..%5cadmin',
  ]) {
    assert.equal(pathMatches(open, path, 'strictly'), false, path);
  }
});

test('what is permitted strictly is also matched generously, for any path', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    'A',
    '/',
    '//',
    '.',
    '..',
    ';x',
    '%2f',
    '%2e',
    '%25',
    '%61',
    '*',
    '\\',
  );
  const path = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);
  const pattern = fc.constantFrom('/', '/a', '/a/*', '/a/**', '/**/b', '/*a*/b').map(parsePathPattern);
  fc.assert(
    fc.property(
      pattern,
      path,
      (one, at) => !pathMatches(one, at, 'strictly') || pathMatches(one, at, 'generously'),
    ),
  );
});

test('a pattern full of wildcards over a long path ends at once', () => {
  const pattern = parsePathPattern(`/${'*a'.repeat(50)}/${'**/'.repeat(50)}z`);
  const started = performance.now();
  assert.equal(pathMatches(pattern, `/${'a'.repeat(4000)}${'/a'.repeat(2000)}`, 'strictly'), false);
  assert.ok(performance.now() - started < 1000);
});
