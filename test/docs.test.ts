import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const project = join(import.meta.dirname, '..');
const folders = '(?:bin|bots|core|docs|prisma|sandbox-images|test|worker)';
/** A path in code quotes: `core/turns/`, `worker/agent/journal.ts`. Patterns (`*`, `<x>`) name nothing. */
const quotedPath = new RegExp(`\`(${folders}/[\\w./-]*)\``, 'g');
const link = /\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g;

for (const document of globSync('{README.md,docs/**/*.md}', { cwd: project })) {
  const text = readFileSync(join(project, document), 'utf8');

  test(`${document} names only paths that exist`, () => {
    const named = [...text.matchAll(quotedPath)].map((match) => match[1] ?? '');
    assert.deepEqual(
      named.filter((path) => !existsSync(join(project, path))),
      [],
    );
  });

  test(`${document} links only to files that exist`, () => {
    const linked = [...text.matchAll(link)].map((match) => match[1] ?? '');
    assert.deepEqual(
      linked.filter((path) => !existsSync(join(project, dirname(document), path))),
      [],
    );
  });
}

test('the map of the architecture is there', () => {
  assert.ok(existsSync(join(project, 'docs/architecture.md')));
});
