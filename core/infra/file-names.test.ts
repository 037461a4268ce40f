import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameApart, safeName } from './file-names.ts';

test('files of one name get names of their own, also beside those of earlier messages', () => {
  const files = ['plan.txt', 'plan.txt', '.env', '.env', 'notes'].map((name, id) => ({ name, id }));
  assert.deepEqual(
    nameApart(files, ['plan.txt', 'plan (2).txt', 'notes']).map(({ name }) => name),
    ['plan (3).txt', 'plan (4).txt', '.env', '.env (2)', 'notes (2)'],
  );
});

test("a name is one that a file system takes: no folder, no direction, at most 200 bytes, no character's half", () => {
  assert.equal(safeName('../../etc/passwd'), 'passwd');
  assert.equal(safeName('a\u202egpj.exe'), 'agpj.exe');
  assert.equal(safeName('..'), 'file');
  const long = safeName('⚓'.repeat(200));
  assert.ok(Buffer.byteLength(long) <= 200 && long.isWellFormed(), long);
});
