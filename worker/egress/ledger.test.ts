import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TurnEntry } from '#core/events/egress-log-port.ts';
import { Ledger } from './ledger.ts';

const entry = (path: string) => ({ turnId: 'trn_1', entry: { path } }) as TurnEntry;

/** A log that fails while it is told to. */
function openLog() {
  const batches: string[][] = [];
  const faults: string[] = [];
  const state = { away: false };
  const append = async (_session: string, entries: readonly TurnEntry[]) => {
    if (state.away) throw new Error('away');
    batches.push(entries.map((one) => one.entry.path));
  };
  return { ledger: new Ledger({ append }, (why) => faults.push(why)), batches, faults, state };
}

test('entries of a moment are one batch, in their order; each is told when it is written', async () => {
  const { ledger, batches } = openLog();
  const written = [ledger.add('ses_1', entry('1'), false), ledger.add('ses_1', entry('2'), true)];
  await Promise.all(written);
  assert.deepEqual(batches, [['1', '2']]);
});

test('what cannot be written is kept, in its order, and nothing is told before', async () => {
  const { ledger, batches, faults, state } = openLog();
  state.away = true;
  let told = false;
  const written = ledger.add('ses_1', entry('1'), true).then(() => {
    told = true;
  });
  assert.equal(await ledger.flush('ses_1'), false);
  assert.deepEqual([told, faults], [false, ['away']]);
  state.away = false;
  const second = ledger.add('ses_1', entry('2'), true);
  await Promise.all([written, second]);
  assert.deepEqual(batches, [['1', '2']]);
});

test('the door stops before what waits could fill the memory', () => {
  const { ledger, state } = openLog();
  state.away = true;
  assert.equal(ledger.full, false);
  for (let n = 0; n < 50_000; n += 1) void ledger.add('ses_1', entry(`${n}`), false);
  assert.equal(ledger.full, true);
  // It would try for ever.
  state.away = false;
});
