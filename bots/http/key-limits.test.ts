import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKeyLimits } from './key-limits.ts';

test('a key has its requests a minute, evenly again after them, and no other key pays for it', () => {
  let now = 0;
  const limits = openKeyLimits(() => now);
  const busy = { keyId: 'key_busy', perMinute: 60 };
  for (let n = 0; n < 60; n += 1) limits.take(busy);
  assert.throws(() => limits.take(busy), { code: 'http.too_many', retryAfterMs: 1000 });
  limits.take({ keyId: 'key_other', perMinute: 60 });
  now += 1000;
  limits.take(busy);
  assert.throws(() => limits.take(busy), { code: 'http.too_many' });
  now += 3_600_000;
  for (let n = 0; n < 60; n += 1) limits.take(busy);
  assert.throws(() => limits.take(busy), { code: 'http.too_many' });
});

test('a key without a limit is never stopped', () => {
  const limits = openKeyLimits(() => 0);
  for (let n = 0; n < 100_000; n += 1) limits.take({ keyId: 'key_free', perMinute: null });
});
