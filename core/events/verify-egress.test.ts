import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SampleLog } from '#core/testing/sample-log.ts';
import type { EgressEntry } from './egress-entry.ts';
import { chainEntries, egressGenesis, summarise } from './egress-log.ts';
import { newSigningKey, openSigner } from './signing.ts';
import { verifyEgress } from './verify-egress.ts';

const entry = (host: string, changes: Partial<EgressEntry> = {}): EgressEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  method: 'GET',
  scheme: 'https',
  host,
  port: 443,
  path: '/',
  outcome: 'passed',
  rule: 'allow *',
  code: null,
  reason: null,
  status: 200,
  secret: null,
  sent: 1,
  received: 10,
  ms: 1,
  ...changes,
});
const entries = ['a.test', 'b.test', 'c.test'].map((host) => ({ turnId: 'trn_1', entry: entry(host) }));
const chain = chainEntries('ses_1', { n: 0, hash: egressGenesis('ses_1') }, entries);
const none = { hosts: [], secrets: [], refused: 0 };

/** A session's log that seals the chain at these entries. */
function sealedAt(...heads: number[]) {
  const log = new SampleLog('ses_1', openSigner(newSigningKey()));
  let from = 1;
  for (const to of heads) {
    log.add('egress.sealed', { from, to, hash: chain[to - 1]?.hash ?? '', ...none });
    from = to + 1;
  }
  return log.rows;
}

test('a log that was sealed in parts is whole', () => {
  assert.equal(verifyEgress('ses_1', sealedAt(2, 3), chain), null);
  assert.equal(verifyEgress('ses_1', sealedAt(), []), null);
});

test('an entry that was changed, removed, cut off, or that another session’s log held, is found', () => {
  const changed = chain.map((row) =>
    row.n === 2 ? { ...row, body: row.body.replace('b.test', 'x.test') } : row,
  );
  assert.match(verifyEgress('ses_1', sealedAt(3), changed)?.message ?? '', /entry 2/);
  assert.match(verifyEgress('ses_1', sealedAt(3), chain.slice(0, 2))?.message ?? '', /entry 3/);
  assert.match(verifyEgress('ses_1', sealedAt(3), chain.slice(1))?.message ?? '', /entry 1/);
  assert.match(verifyEgress('ses_1', sealedAt(1), [])?.message ?? '', /entry 1/);
  assert.equal(verifyEgress('ses_2', sealedAt(3), chain)?.code, 'egress');
});

test('a chain that was written anew from an earlier entry is not the one that was sealed', () => {
  const [first] = chain;
  assert.ok(first);
  const forged = chainEntries('ses_1', first, [{ turnId: 'trn_1', entry: entry('harmless.test') }]);
  assert.match(
    verifyEgress('ses_1', sealedAt(2), [first, ...forged])?.message ?? '',
    /row 1 sealed another one/,
  );
});

test('a seal that leaves entries out is no seal', () => {
  const rows = sealedAt(1, 3)
    .slice(1)
    .map((row) => ({ ...row, seq: 1 }));
  assert.match(verifyEgress('ses_1', rows, chain)?.message ?? '', /does not seal what follows entry 0/);
});

test('a seal sums up what went out: hosts by bytes, secrets by uses, refusals apart', () => {
  const sum = summarise([
    entry('a.test'),
    entry('b.test', { received: 500, secret: 'TOKEN' }),
    entry('a.test', { outcome: 'failed', secret: 'TOKEN' }),
    entry('evil.test', { outcome: 'refused' }),
    entry('nowhere.test', { outcome: 'failed', code: 'host_unknown' }),
  ]);
  assert.deepEqual(sum, {
    hosts: [
      { host: 'b.test', requests: 1, bytes: 501 },
      { host: 'a.test', requests: 2, bytes: 22 },
    ],
    secrets: [{ name: 'TOKEN', uses: 2 }],
    refused: 1,
  });
});
