import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { holds } from './spellings.ts';

const value = 'tk7f3a9c51e04b8d26aa90fe';
const bytewise = (spell: (hex: string) => string) =>
  Array.from(Buffer.from(value), (byte) => spell(byte.toString(16).padStart(2, '0'))).join('');
const packed = (bytes: Buffer) => `HTTP/1.1 200 OK\r\n\r\n${bytes.toString('latin1')}\r\n0\r\n\r\n`;

const spellings: Record<string, string> = {
  plain: `a ${value} b`,
  capitals: value.toUpperCase(),
  base64: Buffer.from(value).toString('base64'),
  'base64, shifted': Buffer.from(`u:${value}`).toString('base64'),
  'base64 for URLs, escaped': encodeURIComponent(Buffer.from(`~~${value}`).toString('base64url')),
  hex: bytewise((hex) => hex),
  percent: bytewise((hex) => `%${hex}`),
  'percent, twice': bytewise((hex) => `%25${hex}`),
  JSON: bytewise((hex) => `\\u00${hex}`),
  entities: bytewise((hex) => `&#x${hex};`),
  gzip: packed(gzipSync(value)),
  'gzip in a chunk': packed(Buffer.concat([Buffer.from('2c\r\n'), gzipSync(value)])),
  deflate: packed(deflateSync(value)),
  brotli: `x\n${brotliCompressSync(value).toString('latin1')}`,
};

for (const [name, text] of Object.entries(spellings)) {
  test(`I5: the observer finds a value that is written in ${name}`, () => assert.ok(holds(text, value)));
}

test('the observer finds nothing where a value was masked', () => {
  assert.ok(!holds(`you are ${'*'.repeat(value.length)}, or ${value.slice(0, -1)}`, value));
});
