import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestCore } from '#core/testing/core.ts';

const of = (by: string) => ({ platform: 'matrix', account: '@bot:test', by }) as const;

test('I8: one process holds an account’s connection; what a former holder notes is not noted', async (t) => {
  const { connections, database } = await openTestCore(t);
  const taken = await Promise.all(['a', 'b', 'c', 'd'].map((by) => connections.take(of(by))));
  assert.equal(taken.filter(Boolean).length, 1);
  const holder = ['a', 'b', 'c', 'd'][taken.findIndex(Boolean)] as string;
  assert.deepEqual(await connections.take(of(holder)), { position: null, movedAt: null });
  assert.equal(await connections.renew(of(holder)), true);
  assert.equal(await connections.advance(of(holder), 's1'), true);

  await database.pool.query(`UPDATE connection SET held_until = now() - interval '1 millisecond'`);
  assert.equal(await connections.advance(of(holder), 's2'), false, 'its time was up');
  const next = await connections.take(of('next'));
  assert.equal(next?.position, 's1');
  assert.equal(await connections.renew(of(holder)), false);
  assert.equal(await connections.advance(of(holder), 's3'), false);
  await connections.release(of(holder));
  assert.equal(await connections.take(of('other')), null, 'a former holder releases nothing');

  await connections.release(of('next'));
  assert.equal((await connections.take(of('other')))?.position, 's1');
});
