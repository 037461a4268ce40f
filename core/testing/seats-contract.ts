import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Seats } from '#core/live/seats-port.ts';
import { until } from './until.ts';

/** What every kind of seats keeps to; `open` gives some that other tests may use at the same time. */
export function seatsContract(name: string, open: () => Promise<Seats>): void {
  const newSeat = () => `seat-${crypto.randomUUID()}`;

  test(`${name}: of many that reach for a seat at once, one has it`, async () => {
    const seats = await open();
    const seat = newSeat();
    const held = await Promise.all(
      Array.from({ length: 10 }, (_, index) => seats.hold(seat, `holder-${index}`, 60_000, null)),
    );
    assert.equal(held.filter((one) => one !== null).length, 1);
  });

  test(`${name}: who has a seat keeps it, and what was noted last stands`, async () => {
    const seats = await open();
    const seat = newSeat();
    assert.deepEqual(await seats.hold(seat, 'ana', 60_000, null), { note: null });
    assert.deepEqual(await seats.hold(seat, 'ana', 60_000, 'read to 5'), { note: 'read to 5' });
    assert.deepEqual(await seats.hold(seat, 'ana', 60_000, null), { note: 'read to 5' });
    assert.equal(await seats.hold(seat, 'ben', 60_000, 'read to 9'), null);
    assert.deepEqual(await seats.hold(seat, 'ana', 60_000, null), { note: 'read to 5' });
  });

  test(`${name}: a seat that is not kept falls to the next, with its note`, async () => {
    const seats = await open();
    const seat = newSeat();
    await seats.hold(seat, 'ana', 200, 'read to 5');
    const next = await until(() => seats.hold(seat, 'ben', 60_000, null), 'the seat to fall to Ben');
    assert.deepEqual(next, { note: 'read to 5' });
    assert.equal(await seats.hold(seat, 'ana', 60_000, 'read to 7'), null);
  });

  test(`${name}: a seat that is given up is free at once, but only by its holder`, async () => {
    const seats = await open();
    const seat = newSeat();
    await seats.hold(seat, 'ana', 60_000, null);
    await seats.leave(seat, 'ben');
    assert.equal(await seats.hold(seat, 'ben', 60_000, null), null);
    await seats.leave(seat, 'ana');
    assert.ok(await until(() => seats.hold(seat, 'ben', 60_000, null), 'the seat to be free'));
  });
}
