import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCommandStage } from '../testing/stage.ts';

test('a schedule is proposed, saved, listed, paused, run, changed, deleted in words; the same message makes one', async (t) => {
  const { give } = await openCommandStage(t);
  const words = 'every weekday at 9:00 check the backups';
  const asked = await give(words, 'ana', 'console', 'msg_same');
  const again = await give(words, 'ana', 'console', 'msg_same');
  const id = asked?.cards[0]?.scheduleId ?? '';
  assert.equal(again?.cards[0]?.scheduleId, id);
  assert.match(
    asked?.cards[0]?.lines.join('\n') ?? '',
    /I understood: every weekday at 09:00 \(UTC\)\n> check the backups\nNext: Fri 20 Nov 2026, 09:00/,
  );
  assert.match((await give('schedules'))?.text ?? '', /You have no schedules/);
  assert.match((await give(`schedules save ${id}`, 'ben'))?.text ?? '', /no such schedule of yours/);
  assert.equal((await give(`schedules save ${id}`))?.text, 'Saved.');
  assert.deepEqual((await give('schedules'))?.cards[0]?.buttons, [
    'pause',
    'run',
    'edit',
    'delete',
    'history',
  ]);
  assert.equal((await give('schedules run 1'))?.text, 'It runs now.');
  assert.match((await give('schedules history 1'))?.text ?? '', /about to start \(run now\)/);
  assert.equal((await give('schedules pause 1'))?.text, 'Paused.');
  assert.equal((await give('schedules resume 1'))?.text, 'It goes on.');
  const change = await give('schedules edit 1 every day at 8:00 rest');
  assert.match(change?.text ?? '', /Shall I change it/);
  await give(`schedules save ${change?.cards[0]?.scheduleId}`);
  assert.match(
    (await give('schedules'))?.cards[0]?.lines[0] ?? '',
    /^1\. every day at 08:00 \(UTC\) · rest · next/,
  );
  assert.equal((await give('schedules delete 1'))?.text, 'Deleted: every day at 08:00 · rest');
});

test('a schedule keeps its number when another one fires, and by the number none but the one that was shown is deleted', async (t) => {
  const { core, give } = await openCommandStage(t);
  for (const words of ['every hour look', 'every day at 9:30 rest']) {
    const asked = await give(words);
    await give(`schedules save ${asked?.cards[0]?.scheduleId}`);
  }
  const shown = async () => (await give('schedules'))?.cards.map(({ lines }) => lines[0]?.split(' · ')[1]);
  assert.deepEqual(await shown(), ['look', 'rest']);
  await core.clockwork.advance(new Date('2026-11-20T09:00:00Z'), 10);
  const next = (await core.schedules.list({ limit: 9 })).map(({ text }) => text);
  assert.deepEqual(next, ['rest', 'look'], 'what fired is next after the other one');
  assert.deepEqual(await shown(), ['look', 'rest']);
  assert.match((await give('schedules delete 2'))?.text ?? '', /^Deleted: .* rest$/);
});

test('times are in the zone of who asks', async (t) => {
  const { give } = await openCommandStage(t);
  assert.match((await give('timezone'))?.text ?? '', /in UTC/);
  assert.match((await give('timezone Europe/Berln'))?.text ?? '', /Did you mean .*Europe\/Berlin/);
  await give('timezone europe/berlin');
  const asked = await give('every day at 9:00 look');
  assert.match(asked?.cards[0]?.lines.join('\n') ?? '', /Europe\/Berlin[\s\S]+09:00 \(UTC\+1\)/);
  assert.match((await give('whoami'))?.text ?? '', /You are ana \(member\)[\s\S]+Europe\/Berlin/);
});
