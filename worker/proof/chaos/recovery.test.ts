import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRow } from '#core/events/log-row.ts';
import { recoveries } from './recovery.ts';

const row = (seq: number, type: string, atMs: number, more: Partial<LogRow> = {}): LogRow => ({
  sessionId: 'ses_1',
  seq,
  turnId: 'trn_1',
  epoch: type.startsWith('approval.decided') ? null : 1,
  type,
  key: null,
  body: '{"worker":"wrk_a"}',
  contentHash: '',
  prevHash: '',
  hash: '',
  keyId: null,
  signature: null,
  at: new Date(atMs).toISOString(),
  ...more,
});

const loss = (at: number) => ({ at, worker: 'wrk_a', how: 'SIGKILL' });

test('a recovery lasts from the loss of the worker to the next event of the turn it held', () => {
  const rows = [
    row(1, 'turn.started', 1_000),
    row(2, 'effect.intent', 1_100),
    row(3, 'turn.resumed', 8_500, { body: '{"worker":"wrk_b"}', epoch: 2 }),
  ];
  assert.deepEqual(recoveries(rows, [loss(2_000)]), [6_500]);
  assert.deepEqual(recoveries(rows, [loss(9_000)]), []);
});

test('a turn that waits for people is not held by the worker that asked them', () => {
  const rows = [
    row(1, 'turn.started', 1_000),
    row(2, 'turn.waiting', 1_100),
    row(3, 'approval.decided', 60_000, { epoch: null }),
  ];
  assert.deepEqual(recoveries(rows, [loss(2_000)]), []);
});
