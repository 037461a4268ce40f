import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, requestIn, uploadIn } from './message.ts';

const self = { userId: '@deckhand:example.org', name: 'Deck Hand' };

test('a mention is what the client says it is, not what stands in the text', () => {
  const cases: [string, { user_ids?: string[] } | undefined, boolean][] = [
    ['Deck Hand: hello', { user_ids: [self.userId] }, true],
    ['nothing to see', { user_ids: ['@ana:example.org', self.userId] }, true],
    ['@deckhand:example.org hello', {}, false],
    ['Deck Hand hello', { user_ids: ['@ana:example.org'] }, false],
    ['ask @deckhand:example.org', undefined, true],
    ['ask deckhand', undefined, false],
    ['!deckhand stop', {}, true],
    ['!deckhands', {}, false],
  ];
  for (const [body, mentions, expected] of cases) {
    assert.equal(addresses({ body, 'm.mentions': mentions }, self.userId), expected, body);
  }
});

test('the request is the message without what only addressed it', () => {
  const cases: [string, string][] = [
    ['Deck Hand: check the backups', 'check the backups'],
    ['@deckhand:example.org: stop', 'stop'],
    ['deckhand:example.org stop', 'stop'],
    ['@deckhand, stop', 'stop'],
    ['!deckhand  status', 'status'],
    ['please, @deckhand:example.org, look', 'please, @deckhand, look'],
    ['deckhands are many', 'deckhands are many'],
    ['Deck Hand', ''],
  ];
  for (const [body, request] of cases) assert.equal(requestIn(body, false, self), request, body);
  const reply = '> <@ana:example.org> old words\n> more\n\nDeck Hand: new words';
  assert.equal(requestIn(reply, true, self), 'new words');
  assert.equal(requestIn('> quoted by hand\nrest', false, self), '> quoted by hand\nrest');
});

test('a file’s caption is what differs from its name', () => {
  const file = { msgtype: 'm.file', url: 'mxc://example.org/abc' };
  assert.equal(uploadIn({ ...file, body: 'a.txt' })?.caption, '');
  assert.equal(uploadIn({ ...file, body: 'a.txt', filename: 'a.txt' })?.caption, '');
  const named = uploadIn({ ...file, body: 'look at this', filename: 'a.txt' });
  assert.deepEqual([named?.name, named?.caption], ['a.txt', 'look at this']);
  assert.equal(uploadIn({ ...file, body: 'a.txt', url: 'https://example.org/a' }), null);
});
