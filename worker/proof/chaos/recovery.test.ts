import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRow } from '#core/events/log-row.ts';
import { recoveries } from './recovery.ts';

const row = (turnId: string, type: string, atMs: number): LogRow => ({
  sessionId: 'ses_1',
  seq: 1,
  turnId,
  epoch: 1,
  type,
  key: null,
  body: '{}',
  contentHash: '',
  prevHash: '',
  hash: '',
  keyId: null,
  signature: null,
  at: new Date(atMs).toISOString(),
});

const rows = [
  row('trn_1', 'turn.started', 1_000),
  row('trn_2', 'turn.submitted', 1_500),
  row('trn_1', 'post.receipt', 3_000),
  row('trn_1', 'turn.resumed', 8_500),
];

test('a recovery lasts from the loss of the worker to the next event of the turn it held, posts aside', () => {
  assert.deepEqual(recoveries(rows, [{ at: 2_000, turnIds: ['trn_1'] }]), [6_500]);
  assert.deepEqual(recoveries(rows, [{ at: 2_000, turnIds: [] }]), []);
  assert.deepEqual(recoveries(rows, [{ at: 9_000, turnIds: ['trn_1'] }]), []);
});

test('a turn that loses two workers before it goes on counts from the second loss', () => {
  const losses = [2_000, 6_000].map((at) => ({ at, turnIds: ['trn_1'] }));
  assert.deepEqual(recoveries(rows, losses), [2_500]);
});
