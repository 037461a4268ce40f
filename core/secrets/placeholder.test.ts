import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findPlaceholders, isPlaceholder, newPlaceholder } from './placeholder.ts';

const placeholder = newPlaceholder();
const base64 = (text: string) => Buffer.from(text).toString('base64');
const half = placeholder.slice(0, 17);
const rest = placeholder.slice(17);

const spellings: Array<[what: string, text: string]> = [
  ['as it is', `Bearer ${placeholder}`],
  ['twice', `${placeholder}${placeholder}`],
  ['in capitals', placeholder.toUpperCase()],
  ['with case changed here and there', placeholder.replace(/[a-m]/g, (one) => one.toUpperCase())],
  ['percent-encoded', encodeURIComponent(placeholder).replace('_', '%5F').replace('d', '%64')],
  ['percent-encoded twice', placeholder.replace('_', '%255f')],
  ['escaped for JSON', placeholder.replace('d', '\\u0064')],
  ['escaped for HTML', placeholder.replace('_', '&#95;')],
  ['as the user of Basic', `Basic ${base64(`${placeholder}:x-oauth-basic`)}`],
  ['as the password of Basic', `Basic ${base64(`x-access-token:${placeholder}`)}`],
  ['split between user and password of Basic', `Basic ${base64(`${half}:${rest}`)}`],
  ['split in a query', `?a=${half}&${rest}`.replace('a=', '')],
  ['in base64 at an odd place', `zz${base64(`a${placeholder}`)}`],
  ['in URL-safe base64 in a path', `/x/${Buffer.from(`>>${placeholder}??`).toString('base64url')}/y`],
  ['in hex', Buffer.from(placeholder).toString('hex')],
];

for (const [what, text] of spellings) {
  test(`a placeholder ${what} is found`, () => assert.deepEqual(findPlaceholders(text), [placeholder]));
}

test('each of several is found, of other sessions too', () => {
  const others = [newPlaceholder(), newPlaceholder()];
  assert.deepEqual(
    findPlaceholders(`${others[0]} and ${base64(`${others[1]}:`)}`).toSorted(),
    others.toSorted(),
  );
});

test('only the exact form is a placeholder', () => {
  assert.ok(isPlaceholder(placeholder));
  const last = placeholder.at(-1) === 'a' ? 'b' : 'a';
  for (const one of [
    '',
    'dh_',
    placeholder.toUpperCase(),
    ` ${placeholder}`,
    `${placeholder}a`,
    placeholder.slice(0, -1),
    placeholder.slice(0, -1) + last,
  ]) {
    assert.ok(!isPlaceholder(one), one);
  }
});

test('innocent text holds none, however much it resembles one', () => {
  assert.deepEqual(findPlaceholders(`dh_${'a'.repeat(32)} dh_params width_of bandh_${'b'.repeat(40)}`), []);
  fc.assert(fc.property(fc.string({ maxLength: 2000 }), (text) => findPlaceholders(text).length === 0));
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (before, after) =>
      findPlaceholders(`${before} ${placeholder} ${after}`).includes(placeholder),
    ),
  );
});

test('placeholders do not repeat', () => {
  assert.equal(new Set(Array.from({ length: 1000 }, newPlaceholder)).size, 1000);
});
