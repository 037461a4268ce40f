import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '#core/testing/until.ts';
import { logOf, openPage, send, signIn } from './testing/browser.ts';

test('a schedule is made on the page: what was understood, a yes, the list, its history', async (t) => {
  const open = await openPage(t, { timezoneId: 'Europe/Berlin' });
  const { page, complaints, picture } = open;
  await signIn(open);
  await page.getByRole('link', { name: 'Schedules' }).click();
  const form = page.getByRole('form', { name: 'New schedule' });
  assert.equal(await form.getByLabel('Times in').inputValue(), 'Europe/Berlin');

  await form.getByLabel('When, and what').fill('every weekday at 9:00 say good morning');
  await page.keyboard.press('Enter');
  const draft = form.getByRole('region', { name: 'Schedule: every weekday at 09:00' });
  await draft.getByText(/Not saved yet · next .+ 09:00 \(UTC.+09:00/).waitFor();
  await picture('schedule-draft');
  await draft.getByRole('button', { name: 'Save' }).click();

  const card = page.getByRole('region', { name: 'Schedule: every weekday at 09:00' });
  await card.getByText(/^Active · next/).waitFor();
  assert.equal(await form.getByLabel('When, and what').inputValue(), '');
  await card.getByRole('button', { name: 'Run now' }).click();
  await card.getByText('Last: ').waitFor();
  await card.getByText('History').click();
  await card.getByText('(run now)').waitFor();
  await card.getByRole('button', { name: 'Pause' }).click();
  await card.getByText(/^Paused/).waitFor();
  await picture('schedules-light');

  await card.getByRole('button', { name: 'Edit' }).click();
  const change = page.getByRole('form', { name: 'Change a schedule' });
  await change.getByLabel('When and what').fill('every day at 8:00 say good night');
  await page.keyboard.press('Enter');
  await change.getByRole('button', { name: 'Save' }).click();
  const changed = page.getByRole('region', { name: 'Schedule: every day at 08:00' });
  await changed.getByText('say good night').waitFor();
  await changed.getByRole('button', { name: 'Delete' }).click();
  await changed.getByRole('button', { name: 'Delete it and its history' }).click();
  await page.getByText('Nothing is scheduled yet').waitFor();
  assert.deepEqual(complaints, []);
});

test('what is unclear is answered in the form with words that would be understood', async (t) => {
  const open = await openPage(t);
  const { page } = open;
  await signIn(open);
  await page.goto(`${open.stage.url}/schedules`);
  await page.getByLabel('When, and what').fill('every day at 9 say x');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('every day at 21:00 say x').waitFor();
});

test('said in a thread, a schedule is asked about there and saved with a button; the card shows what stands', async (t) => {
  const open = await openPage(t, { viewport: { width: 390, height: 800 } });
  const { page, complaints, picture } = open;
  await signIn(open);
  await send(open, '/every hour say ahoy');
  const card = logOf(page).getByRole('region', { name: 'Schedule: every hour' });
  await card.getByRole('button', { name: 'Save' }).click();
  await card.getByText(/^Active/).waitFor();
  await picture('schedule-phone');
  await page.reload();
  await card.getByText(/^Active/).waitFor();
  await send(open, '/shedules');
  await logOf(page).getByText('Did you mean').waitFor();
  await send(open, '/schedules');
  await logOf(page).getByText('1 schedule:').waitFor();
  assert.deepEqual(complaints, []);
});

test('the buttons of a card come into sight by themselves, although they come after it', async (t) => {
  const open = await openPage(t, { viewport: { width: 1000, height: 520 } });
  const { page } = open;
  await signIn(open);
  for (const [words, name] of [
    ['/every hour say one', 'every hour'],
    ['/every day at 9:00 say two', 'every day at 09:00'],
    ['/every monday at 9:00 say three', 'every Monday at 09:00'],
  ] as const) {
    await send(open, words);
    const card = logOf(page).getByRole('region', { name: `Schedule: ${name}` });
    const save = card.getByRole('button', { name: 'Save' });
    await save.waitFor();
    await until(async () => {
      const [button, log] = await Promise.all([save.boundingBox(), logOf(page).boundingBox()]);
      return (button && log && button.y + button.height <= log.y + log.height) || null;
    }, `the button of "${name}" in sight`);
  }
});
