import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** Where a secret's value could have been left. */
export interface Places {
  databaseUrl?: string;
  /** Folders whose every file is read. */
  folders?: readonly string[];
  /** Single files. */
  files?: readonly string[];
  /** Texts by name: logs, answers, pages, posts. */
  texts?: Readonly<Record<string, string>>;
}

const pieceBytes = 8 * 1024 * 1024;

/**
 * I5: fails with where it was found if the value stands anywhere: in any column of any table, in any file, in any text;
 * plain, as base64 at each alignment in both alphabets, hex, percent-encoded, escaped as in JSON and HTML. Compressed or
 * encrypted copies are not seen.
 */
export async function assertNoTraceOf(value: string, places: Places): Promise<void> {
  assert.deepEqual(await tracesOf(value, places), []);
}

/** The places that hold the value. */
export async function tracesOf(
  value: string,
  { databaseUrl, folders = [], files = [], texts = {} }: Places,
): Promise<string[]> {
  const needles = spellings(value);
  const all = [...files, ...folders.flatMap(filesBelow)];
  return [
    ...(databaseUrl ? await inTables(databaseUrl, needles) : []),
    ...all.filter((file) => fileHolds(file, needles)),
    ...Object.entries(texts).flatMap(([name, text]) => (holds(text, needles) ? [name] : [])),
  ];
}

/** In lower case: the letter case of hex and escapes is anybody's choice. */
function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  const codes = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  const base64 = (['base64', 'base64url'] as const).flatMap((alphabet) =>
    // What stands before shifts the bits; the first and last characters also hold bits of the neighbours.
    [0, 1, 2].map((before) => {
      const text = Buffer.concat([Buffer.alloc(before), bytes])
        .toString(alphabet)
        .replace(/=+$/, '');
      return text.slice(before === 0 ? 0 : before + 1, -1);
    }),
  );
  const json = JSON.stringify(value).slice(1, -1);
  const percent = encodeURIComponent(value);
  const inHtml = (apostrophe: string) =>
    value
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", apostrophe);
  const all = [
    value,
    ...base64,
    percent,
    new URLSearchParams({ v: value }).toString().slice(2),
    encodeURIComponent(percent),
    json,
    // Escaped once more: a document in bytes, a document inside a document.
    json.replaceAll('\\', '\\\\'),
    JSON.stringify(json).slice(1, -1),
    inHtml("'"),
    inHtml('&#39;'),
    codes.join(''),
    codes.map((code) => `%${code}`).join(''),
    codes.map((code) => `\\u00${code}`).join(''),
    codes.map((code) => `\\x${code}`).join(''),
    codes.map((code) => `&#x${code};`).join(''),
    [...bytes].map((byte) => `&#${byte};`).join(''),
  ];
  return [...new Set(all.map((text) => text.toLowerCase()))];
}

function holds(text: string, needles: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return needles.some((needle) => lower.includes(needle));
}

/** Piece by piece, so that disk images are read too. What is gone when its turn comes holds nothing. */
function fileHolds(path: string, needles: readonly string[]): boolean {
  const overlap = Math.max(...needles.map(({ length }) => length));
  const piece = Buffer.alloc(pieceBytes);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  try {
    let tail = '';
    for (;;) {
      const read = readSync(file, piece, 0, pieceBytes, null);
      if (read === 0) return false;
      const text = tail + piece.toString('latin1', 0, read);
      if (holds(text, needles)) return true;
      tail = text.slice(-overlap);
    }
  } finally {
    closeSync(file);
  }
}

async function inTables(databaseUrl: string, needles: string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: columns } = await client.query<{ place: string; source: string; name: string }>(
      `SELECT format('%s.%s.%s', n.nspname, c.relname, a.attname) AS place,
         format('%I.%I', n.nspname, c.relname) AS source,
         -- Bytes as text where they are text; a value in them that is not stays seen as hex.
         format(CASE a.atttypid WHEN 'bytea'::regtype THEN 'encode(t.%1$I, ''escape'') || t.%1$I::text' ELSE 't.%1$I::text' END,
           a.attname) AS name
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
         AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1`,
    );
    assert.ok(columns.length > 0, 'a database without tables proves nothing');
    const found: string[] = [];
    for (const { place, source, name } of columns) {
      const { rows } = await client.query(
        `SELECT 1 FROM ${source} t, unnest($1::text[]) needle WHERE strpos(lower(${name}), needle) > 0 LIMIT 1`,
        [needles],
      );
      if (rows.length > 0) found.push(place);
    }
    return found;
  } finally {
    await client.end();
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
