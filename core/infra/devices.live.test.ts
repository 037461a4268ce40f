import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestCore } from '#core/testing/core.ts';

const of = { platform: 'matrix', account: '@bot:test', device: 'ONE' } as const;
const bytes = (text: string) => Buffer.from(text);
const words = (rows: { store: string; key: Uint8Array; value: Uint8Array | null }[]) =>
  rows.map(({ store, key, value }) => `${store}/${key}=${value}`).sort();

test('I8: a device is written all or nothing, and only by who has read what stands there', async (t) => {
  const { devices } = await openTestCore(t);
  assert.equal(await devices.read(of), null);
  assert.equal(await devices.version(of), 0);
  const a = { store: 's', key: bytes('a'), value: bytes('1') };
  const b = { store: 's', key: bytes('b'), value: bytes('2') };
  const first = await Promise.all([devices.write(of, 0, [a, b], []), devices.write(of, 0, [a], [])]);
  assert.deepEqual(first.filter(Boolean), [1], 'one of two is first');
  const c = { store: 'other', key: bytes('c'), value: bytes('3') };
  assert.equal(await devices.write(of, 1, [{ ...a, value: null }, { ...b, value: bytes('5') }, c], []), 2);
  assert.equal(await devices.write(of, 1, [a], []), null, 'it has read an older state');
  const state = await devices.read(of);
  assert.equal(state?.version, 2);
  assert.deepEqual(words(state?.rows ?? []), ['other/c=3', 's/b=5']);
  assert.equal(await devices.write(of, 2, [a], ['s']), 3);
  assert.deepEqual(words((await devices.read(of))?.rows ?? []), ['other/c=3', 's/a=1']);
  assert.equal(await devices.read({ ...of, device: 'TWO' }), null);
});

test('a message that waits for its keys is kept once, told once, and gone when it is read', async (t) => {
  const { unread } = await openTestCore(t);
  const message = { channel: '!r:test', message: '$e', event: '{}' };
  await unread.keep(of, message);
  await unread.told(of, message.channel, message.message);
  await unread.keep(of, { ...message, event: '{"other":1}' });
  const [kept] = await unread.list(of, 10);
  assert.deepEqual([kept?.event, kept?.told, (kept?.waitsMs ?? -1) >= 0], ['{}', true, true]);
  assert.deepEqual(await unread.list({ ...of, account: '@else:test' }, 10), []);
  await unread.drop(of, message.channel, message.message);
  assert.deepEqual(await unread.list(of, 10), []);
});
