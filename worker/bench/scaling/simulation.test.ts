import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDice } from '#worker/proof/chaos/random.ts';
import { type Job, simulate } from './simulation.ts';

test('one server serves one after the other, two serve two at once', () => {
  const jobs = (): Job[] => [0, 0, 0].map((from) => ({ from, holds: [], steps: [{ at: ['desk'], ms: 10 }] }));
  const one = simulate({ desk: 1 }, jobs());
  assert.deepEqual([one.endedMs, one.tookMs, one.used.get('desk')], [30, [10, 20, 30], 1]);
  const two = simulate({ desk: 2 }, jobs());
  assert.deepEqual([two.endedMs, two.tookMs, two.used.get('desk')], [20, [10, 10, 20], 0.75]);
});

test('who holds a place keeps it over all steps', () => {
  const steps = [
    { at: ['a'], ms: 5 },
    { at: ['b'], ms: 5 },
  ];
  const jobs: Job[] = [0, 0].map((from) => ({ from, holds: ['slot'], steps }));
  assert.deepEqual(simulate({ slot: 1, a: 1, b: 1 }, jobs).tookMs, [10, 20]);
});

test('random arrivals at a random server wait as long as theory says (M/M/1 at 80 %)', () => {
  const dice = openDice(7);
  const random = (mean: number) => -mean * Math.log(1 - dice.next());
  let from = 0;
  const jobs = Array.from({ length: 60_000 }, (): Job => {
    from += random(10);
    return { from, holds: [], steps: [{ at: ['desk'], ms: random(8) }] };
  });
  const { tookMs, used } = simulate({ desk: 1 }, jobs);
  const mean = tookMs.reduce((sum, ms) => sum + ms, 0) / tookMs.length;
  // Mean time in the system: service / (1 - load) = 8 / 0.2.
  assert.ok(Math.abs(mean - 40) < 4, `mean ${mean} ms`);
  assert.ok(Math.abs((used.get('desk') ?? 0) - 0.8) < 0.02);
});

test('a place that does not exist is a fault of the model, and said', () => {
  assert.throws(() => simulate({}, [{ from: 0, holds: [], steps: [{ at: ['x'], ms: 1 }] }]), /no place x/);
});
