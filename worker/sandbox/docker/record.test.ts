import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRecord } from './record.ts';

const facts = { memoryMb: 1, pids: 1, diskMb: 1 };
const parse = (text: string) => parseRecord('key', Buffer.from(text), facts);

test('a record becomes a result', () => {
  const result = parse('outcome=exited code=2 bytes=100 file=1 ms=5 note=disk head=3 tail=2\nabcyz');
  assert.deepEqual(result, {
    outcome: 'exited',
    exitCode: 2,
    output: 'abc\n[… 95 bytes left out; see /workspace/.deckhand/output/key.txt …]\nyz',
    outputBytes: 100,
    outputFile: '/workspace/.deckhand/output/key.txt',
    durationMs: 5,
    note: 'disk full: the workspace holds 1 MiB',
  });
});

test('a file that could not hold all of the output is said to hold its beginning', () => {
  const result = parse('outcome=exited code=0 bytes=100 file=2 ms=5 note=none head=3 tail=2\nabcyz');
  assert.equal(result?.outputFile, '/workspace/.deckhand/output/key.txt');
  assert.equal(result?.note, 'the file holds the beginning of the output, not all of it');
});

test('what a hostile runner says is taken only in the one shape it may have', () => {
  const lies = [
    '',
    'outcome=exited',
    'outcome=succeeded code=0 bytes=0 file=0 ms=1 note=none head=0 tail=0\n',
    'outcome=exited code=9999 bytes=0 file=0 ms=1 note=none head=0 tail=0\n',
    'outcome=exited code=0 bytes=5 file=0 ms=1 note=none head=9 tail=0\nabcde',
    'outcome=exited code=0 bytes=2 file=0 ms=1 note=none head=5 tail=0\nabcde',
    'outcome=exited code=0 bytes=-5 file=0 ms=1 note=none head=0 tail=0\n',
    ' outcome=exited code=0 bytes=0 file=0 ms=1 note=none head=0 tail=0\n',
  ];
  for (const lie of lies) assert.equal(parse(lie), null, lie);
});

test('characters cut in two at the gap are left out, others that are broken are marked', () => {
  const whole = Buffer.from('€€');
  for (let cut = 1; cut < 6; cut++) {
    const line = `outcome=exited code=0 bytes=100 file=0 ms=1 note=none head=${cut} tail=${6 - cut}\n`;
    const result = parseRecord('key', Buffer.concat([Buffer.from(line), whole]), facts);
    assert.doesNotMatch(result?.output ?? '\uFFFD', /\uFFFD/);
  }
  const broken = Buffer.concat([
    Buffer.from('outcome=exited code=0 bytes=3 file=0 ms=1 note=none head=3 tail=0\n'),
    Buffer.from([0x61, 0xff, 0x62]),
  ]);
  assert.equal(parseRecord('key', broken, facts)?.output, 'a\uFFFDb');
});
