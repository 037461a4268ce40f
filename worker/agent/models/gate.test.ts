import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGate } from './gate.ts';

const never = new AbortController().signal;
/** Everything that is ready to go on has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Enters for these users one after the other and notes who was let through. */
function crowd(gate: ReturnType<typeof createGate>, users: string[], signal = never) {
  const served: string[] = [];
  const leaves: (() => void)[] = [];
  for (const user of users)
    gate.enter('p', user, signal).then(
      (leave) => {
        served.push(user);
        leaves.push(leave);
      },
      () => {},
    );
  const next = async () => {
    leaves.shift()?.();
    await settled();
  };
  return { served, next };
}

test('no more calls than allowed are under way at one provider; another provider has places of its own', async () => {
  const gate = createGate({ concurrency: 2 });
  const { served, next } = crowd(gate, ['a', 'b', 'c']);
  await settled();
  assert.deepEqual(served, ['a', 'b']);
  await gate.enter('other', 'a', never);
  await next();
  assert.deepEqual(served, ['a', 'b', 'c']);
});

test('one user with a thousand calls delays each of the others by one call at most', async () => {
  const gate = createGate({ concurrency: 1 });
  const { served, next } = crowd(gate, [...Array(1000).fill('heavy'), 'x', 'y', 'z']);
  for (let n = 0; n < 8; n += 1) await next();
  assert.deepEqual(served.slice(0, 7), ['heavy', 'heavy', 'x', 'y', 'z', 'heavy', 'heavy']);
});

test('who gives up while waiting leaves no place taken and no hole', async () => {
  const gate = createGate({ concurrency: 1 });
  const { served, next } = crowd(gate, ['a']);
  await settled();
  const stop = new AbortController();
  const reason = new Error('stopped');
  const waiting = gate.enter('p', 'b', stop.signal);
  stop.abort(reason);
  await assert.rejects(waiting, (error) => error === reason);
  await next();
  const leave = await gate.enter('p', 'c', never);
  leave();
  leave();
  const other = crowd(gate, ['d', 'e']);
  await settled();
  assert.deepEqual(other.served, ['d'], 'leaving twice frees one place');
  assert.deepEqual(served, ['a']);
});

test('a pause that the provider asked for holds everybody until it is over', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const gate = createGate({ concurrency: 4 });
  gate.rest('p', 5_000);
  gate.rest('p', 1_000);
  const { served } = crowd(gate, ['a', 'b']);
  await settled();
  assert.deepEqual(served, []);
  t.mock.timers.tick(4_999);
  await settled();
  assert.deepEqual(served, []);
  t.mock.timers.tick(1);
  await settled();
  assert.deepEqual(served, ['a', 'b']);
});
