import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Appender, type Entry, type UnplacedRow } from './appender.ts';
import { newSigningKey, openSigner } from './signing.ts';

const signer = openSigner(newSigningKey());

function entry(name: string): Entry {
  const at = '2026-11-21T06:00:00Z';
  const body = { reason: name } as never;
  return {
    draft: { sessionId: 'ses_1', turnId: 'trn_1', epoch: 1, type: 'turn.waiting', key: name, body, at },
  };
}

/** A database that answers when told to, behind a pool that hands out its connection on the next tick, as `pg` does. */
function openDatabase() {
  const writes: { keys: (string | null)[]; answer: PromiseWithResolvers<number[]> }[] = [];
  const write = (rows: UnplacedRow[]) => {
    const answer = Promise.withResolvers<number[]>();
    process.nextTick(() => writes.push({ keys: rows.map(({ key }) => key), answer }));
    return answer.promise;
  };
  return { writes, appender: new Appender(write, signer) };
}

const turnOfTheLoop = () => new Promise(setImmediate);

test('what comes while a batch is on its way goes with the next one, which starts before anybody is told of the first', async () => {
  const { writes, appender } = openDatabase();
  let begun = 0;
  const first = appender.append(entry('a')).then(() => (begun = writes.length));
  await turnOfTheLoop();
  const second = appender.append(entry('b'));
  const third = appender.append(entry('c'));
  writes[0]?.answer.resolve([7]);
  await first;
  assert.equal(begun, 2);
  assert.deepEqual(
    writes.map(({ keys }) => keys),
    [['a'], ['b', 'c']],
  );
  writes[1]?.answer.resolve([8, 9]);
  assert.deepEqual(await Promise.all([second, third]), [8, 9]);
});

test('a refused row, or a batch that is lost, fails its own writers only', async () => {
  const { writes, appender } = openDatabase();
  const [good, fenced] = [appender.append(entry('a')), appender.append(entry('b'))];
  await turnOfTheLoop();
  const lost = appender.append(entry('c'));
  writes[0]?.answer.resolve([7, 0]);
  assert.equal(await good, 7);
  await assert.rejects(fenced, { code: 'turn.fenced' });
  writes[1]?.answer.reject(new Error('the connection is gone'));
  await assert.rejects(lost, /connection is gone/);
  const next = appender.append(entry('d'));
  await turnOfTheLoop();
  writes[2]?.answer.resolve([8]);
  assert.equal(await next, 8);
  await appender.idle();
});
