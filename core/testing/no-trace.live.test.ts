import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '#core/infra/database.ts';
import { openTestDatabase } from './database.ts';
import { lastFirst } from './last-first.ts';
import { assertNoTraceOf, tracesOf } from './no-trace.ts';

const value = 'ghp_so/secret+"that" nobody~may know?';
const spelled: Record<string, string> = {
  plain: `x${value}y`,
  base64: Buffer.from(value).toString('base64'),
  'base64 behind one byte': Buffer.from(`a${value}b`).toString('base64'),
  'base64 behind two': Buffer.from(`ab${value}b`).toString('base64url'),
  hex: Buffer.from(value).toString('hex').toUpperCase(),
  percent: encodeURIComponent(value),
  'percent, twice': encodeURIComponent(encodeURIComponent(value)),
  form: new URLSearchParams({ value }).toString(),
  json: JSON.stringify({ value }),
  html: `<b title="${value.replaceAll('"', '&quot;')}">`,
  'html, by numbers': Array.from(value, (char) => `&#${char.charCodeAt(0)};`).join(''),
  'basic authorization': `Basic ${Buffer.from(`x-access-token:${value}`).toString('base64')}`,
};

test('a value is found where it lies across what is read at once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-traces-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'image');
  for (const before of [0, 8 * 1024 * 1024 - 5, 16 * 1024 * 1024 - value.length]) {
    writeFileSync(file, Buffer.concat([Buffer.alloc(before), Buffer.from(value), Buffer.alloc(99)]));
    assert.deepEqual(await tracesOf(value, { files: [file] }), [file], `${before}`);
  }
});

test('I5: the search sees a value in every spelling, in texts, files and tables', async (t) => {
  const releases = lastFirst(t);
  const { url: databaseUrl } = await openTestDatabase(releases);
  const database = openDatabase(databaseUrl, { connections: 1 });
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-traces-'));
  releases.after(() => database.close());
  releases.after(async () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
  await assertNoTraceOf(value, { databaseUrl, folders: [folder], texts: { log: 'nothing' } });
  await database.pool.query(
    'CREATE SCHEMA elsewhere; CREATE TABLE elsewhere."Odd one" (id int, raw bytea, doc jsonb)',
  );
  for (const [name, text] of Object.entries(spelled)) {
    assert.deepEqual(await tracesOf(value, { texts: { log: `… ${text} …` } }), ['log'], name);
    const file = join(folder, 'deep', 'er', 'file');
    writeFileSync(file, `\0${text}\0`);
    assert.deepEqual(await tracesOf(value, { folders: [folder] }), [file], name);
    assert.deepEqual(await tracesOf(value, { files: [file, join(folder, 'gone')] }), [file], name);
    await database.pool.query('DELETE FROM elsewhere."Odd one"');
    await database.pool.query('INSERT INTO elsewhere."Odd one" VALUES (1, $1, $2)', [
      Buffer.from(text),
      JSON.stringify({ list: [text] }),
    ]);
    const found = await tracesOf(value, { databaseUrl });
    assert.ok(found.includes('elsewhere.Odd one.raw'), `${name} in bytes`);
    assert.ok(found.includes('elsewhere.Odd one.doc'), `${name} in a document`);
  }
  await assert.rejects(assertNoTraceOf(value, { databaseUrl }), /Odd one/);
});
