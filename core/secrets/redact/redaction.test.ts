import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { minSecretLength } from '../value.ts';
import { prepareRedaction } from './redaction.ts';

const secret = 'ghp_R4nd0m/t+ken&"<=%41>';

/** What a stream lets out when its bytes arrive cut at the given places. */
function through(values: string[], text: string | Uint8Array, cuts: number[] = []): Buffer {
  const stream = prepareRedaction(values).stream();
  const data = Buffer.from(text);
  const places = [
    0,
    ...cuts.map((cut) => Math.min(cut, data.length)).toSorted((one, other) => one - other),
    data.length,
  ];
  const pieces = places.slice(1).map((end, index) => stream.push(data.subarray(places[index], end)));
  return Buffer.concat([...pieces, stream.flush()]);
}

const everyByte = (spell: (code: number) => string) => (text: string) =>
  [...text].map((character) => spell(character.charCodeAt(0))).join('');
const hex = (code: number, digits = 2) => code.toString(16).padStart(digits, '0');

const spellings: Array<[name: string, spell: (text: string) => string]> = [
  ['plain', (text) => text],
  ['base64', (text) => Buffer.from(text).toString('base64')],
  ['base64 after one byte', (text) => Buffer.from(`:${text}`).toString('base64')],
  ['base64 after two bytes', (text) => Buffer.from(`a:${text}`).toString('base64')],
  ['base64 of Basic credentials', (text) => Buffer.from(`x-access-token:${text}\n`).toString('base64')],
  ['URL-safe base64', (text) => Buffer.from(`>${text}?`).toString('base64url')],
  ['base64, percent-encoded', (text) => encodeURIComponent(Buffer.from(text).toString('base64'))],
  ['base64 in JSON with \\/', (text) => Buffer.from(text).toString('base64').replaceAll('/', '\\/')],
  ['hex', (text) => Buffer.from(text).toString('hex')],
  ['upper-case hex', (text) => Buffer.from(text).toString('hex').toUpperCase()],
  ['encodeURIComponent', encodeURIComponent],
  ['percent, every character', everyByte((code) => `%${hex(code)}`)],
  ['percent, capitals', everyByte((code) => `%${hex(code).toUpperCase()}`)],
  ['form', (text) => new URLSearchParams({ text }).toString().slice('text='.length)],
  ['JSON', (text) => JSON.stringify(text).slice(1, -1)],
  ['JSON with \\/', (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/')],
  ['JSON, every character', everyByte((code) => `\\u${hex(code, 4)}`)],
  [
    'HTML',
    (text) =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  ],
  ['HTML, decimal', everyByte((code) => `&#${code};`)],
  ['HTML, hexadecimal', everyByte((code) => `&#x${hex(code, 7)};`)],
  [
    'percent and JSON and HTML by turns',
    everyByte((code) => [`%${hex(code)}`, `\\u${hex(code, 4)}`, `&#${code};`][code % 3] ?? ''),
  ],
];

/** No eight consecutive characters of the secret, in any of the spellings that are listed. */
function assertNoTrace(output: Buffer, value: string): void {
  const undo: Array<(text: string) => string> = [
    (text) => text,
    (text) => text.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
    (text) => text.replace(/\\u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
    (text) => text.replace(/\\(["\\/])/g, '$1'),
    (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
    (text) => text.replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
    (text) =>
      text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
    (text) => text.replaceAll('+', ' '),
  ];
  const read = output.toString('latin1');
  const readings = [
    ...new Set([...undo.map((one) => one(read)), undo.reduce((text, one) => one(text), read)]),
  ];
  for (let at = 0; at + 8 <= value.length; at++) {
    const part = value.slice(at, at + 8);
    const cores = [0, 1, 2].flatMap((shift) => {
      const base64 = Buffer.from('\0'.repeat(shift) + part).toString('base64');
      const core = base64.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + 8) * 8) / 6));
      return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
    });
    for (const reading of readings) {
      for (const trace of [part, ...cores])
        assert.ok(!reading.includes(trace), `${trace} survives in ${reading}`);
      assert.ok(
        !reading.toLowerCase().includes(Buffer.from(part).toString('hex')),
        `hex of ${part} survives`,
      );
    }
  }
}

for (const [name, spell] of spellings) {
  test(`I5: a value reflected as ${name} is masked, whole and cut at every place`, () => {
    const spelled = spell(secret);
    const text = `before ${spelled} after`;
    const whole = through([secret], text);
    assertNoTrace(whole, secret);
    assert.equal(whole.length, text.length);
    assert.match(whole.toString(), /^before .* after$/);
    for (let cut = 0; cut <= text.length; cut++) {
      assert.deepEqual(through([secret], text, [cut]), whole);
    }
    assert.deepEqual(
      through(
        [secret],
        text,
        Array.from(text, (_, at) => at),
      ),
      whole,
    );
  });
}

const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const value = fc.string({ unit: printable, minLength: minSecretLength, maxLength: 40 });
/** Values full of what escapes are made of, and with periods. */
const nasty = fc.string({
  unit: fc.constantFrom('%', '\\', '&', '2', '5', 'u', '0', '/', ';', 'a'),
  minLength: 12,
  maxLength: 24,
});
const noise = fc.string({
  unit: fc.oneof(printable, fc.constantFrom('%', '\\u00', '&#', ' ', '\n')),
  maxLength: 30,
});
const cuts = fc.array(fc.nat(300), { maxLength: 12 });

/** Any subset of the characters escaped, each in one of the ways. */
const escapedSomehow = (text: string, choices: number[]) =>
  [...text]
    .map((character, at) => {
      const code = character.charCodeAt(0);
      const ways = [
        character,
        character,
        `%${hex(code)}`,
        `%${hex(code).toUpperCase()}`,
        `\\u${hex(code, 4)}`,
        `&#${code};`,
        `&#X${hex(code)};`,
      ];
      return ways[(choices[at % choices.length] ?? 0) % ways.length];
    })
    .join('');

test('I5: no trace of any value in any spelling survives any cutting', () => {
  const spell = fc.constantFrom(...spellings.map(([, one]) => one));
  const choices = fc.array(fc.nat(6), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      fc.oneof(value, nasty),
      spell,
      choices,
      noise,
      noise,
      cuts,
      fc.boolean(),
      (one, spelling, picks, before, after, at, mixed) => {
        const text = before + (mixed ? escapedSomehow(one, picks) : spelling(one)) + after;
        const output = through([one], text, at);
        assert.equal(output.length, Buffer.from(text).length);
        assertNoTrace(output, one);
      },
    ),
    { numRuns: 2000 },
  );
});

test('bytes without a value pass unchanged, however they are cut', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    noise.map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(value, bytes, cuts, (one, data, at) => {
      fc.pre(!Buffer.from(data).includes(one));
      assert.deepEqual(through([one], data, at), Buffer.from(data));
    }),
  );
});

test('values that overlap, repeat and contain each other are all masked', () => {
  const [one, two] = ['abcabcabcabcabc', 'cabcabcabcabXYZW'];
  const text = `-${'abc'.repeat(30)}abXYZW- ${one}${one}${two}.`;
  const output = through([one, two], text).toString();
  assert.equal(output, `-${'*'.repeat(96)}- ${'*'.repeat(46)}.`);
  for (let cut = 0; cut < text.length; cut++) {
    assert.equal(through([one, two], text, [cut, cut + 1, cut + 7]).toString(), output);
  }
});

test('I5: what is held back does not tell a right guess of a value from a wrong one', () => {
  const beginnings = (text: string) => Array.from(text, (_, at) => text.slice(0, at + 1));
  const spelled = spellings.flatMap(([, spell]) => beginnings(spell(secret)));
  for (const values of [[secret], [`${secret} two`]])
    for (const guess of spelled) {
      const wrong = guess.replace(/[^ ]/g, 'Q');
      const [right, other] = [guess, wrong].map((text) => {
        const stream = prepareRedaction(values).stream();
        return ['data:', text, 'x', '\n'].map((piece) => stream.push(Buffer.from(piece)).length);
      });
      assert.deepEqual(right, other, guess);
    }
});

test('how long a value is shows in what is held back in coarse steps alone', () => {
  const held = (length: number) => {
    const stream = prepareRedaction(['k'.repeat(length)]).stream();
    return 1e6 - stream.push(Buffer.alloc(1e6, 'x')).length;
  };
  assert.equal(held(30), held(40));
});

test('lines, events and words flow as they come; only what no line or word has ended yet is held back', () => {
  const stream = prepareRedaction([secret]).stream();
  const said = (text: string) => Buffer.from(stream.push(Buffer.from(text))).toString();
  assert.equal(said('data: 1\n\n'), 'data: 1\n\n');
  assert.equal(said('data: other'), 'data: ');
  assert.equal(said('wise, and'), 'otherwise, ');
  assert.equal(said('\n\n'), 'and\n\n');
  assert.equal(said('ghp_\0'), 'ghp_\0');
  assert.equal(stream.masked, 0);
});

test('a masked stream counts what it masked and leaves the piece it was given alone', () => {
  const stream = prepareRedaction([secret]).stream();
  const piece = Buffer.from(`x ${secret} ${secret} y`);
  const before = piece.toString();
  const output = Buffer.concat([stream.push(piece), stream.flush()]);
  assert.equal(stream.masked, 2);
  assert.equal(piece.toString(), before);
  assert.equal(output.length, piece.length);
});

test('a header is masked as text', () => {
  assert.equal(
    prepareRedaction([secret]).text(`Bearer ${secret}; ü`),
    `Bearer ${'*'.repeat(secret.length)}; ü`,
  );
  assert.equal(prepareRedaction([]).text('as it is'), 'as it is');
});

test('a value too short to mask safely is refused', () => {
  assert.throws(() => prepareRedaction(['short']), { code: 'secret_too_short' });
});
