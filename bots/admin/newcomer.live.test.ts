import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logOf, openPage, send, signIn, titleBecomes } from './testing/browser.ts';

test('a newcomer signs in, tries what is offered, presses a button, gets a file', async (t) => {
  const open = await openPage(t);
  const { page, complaints, picture } = open;
  await signIn(open);
  assert.equal(new URL(page.url()).search, '', 'the token does not stay in the address');
  await picture('welcome-light');

  await page.getByRole('button', { name: /Run a command/ }).click();
  await page.locator('form:has(textarea:focus) .send:enabled').waitFor();
  await page.keyboard.press('Enter');
  await logOf(page).getByText('It printed:').waitFor();
  await page.getByText(/⚓ 1 command · nothing left the network/).click();
  await page.getByText('Nothing left.', { exact: true }).waitFor();
  await page.locator('.step summary').click();
  await page.locator('.step .output', { hasText: 'Linux deckhand' }).waitFor();

  await send(open, 'careful $ echo "with your permission"');
  const card = page.getByRole('region', { name: 'Approval' });
  await card.getByText('Owner, may I run a command?').waitFor();
  await titleBecomes(page, /^✋ /);
  await picture('approval-light');
  await card.getByRole('button', { name: 'Allow once' }).click();
  await card.getByText('Owner allowed this once').waitFor();
  await logOf(page)
    .getByText(/^Ran .* with your permission/)
    .waitFor();
  await titleBecomes(page, /^[^✋]/);

  await send(open, 'file report.html');
  const chip = page.getByRole('link', { name: /report\.html/ });
  await chip.waitFor();
  const download = page.waitForEvent('download');
  await chip.click();
  assert.equal((await download).suggestedFilename(), 'report.html');

  await page.getByLabel('Attach files').setInputFiles({
    name: 'hosts.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('host,disk\ndb-2,99\n'),
  });
  await page.locator('.composer .chip', { hasText: 'hosts.csv' }).waitFor();
  await send(open, 'what is in it?');
  await page.locator('.entry-said .chip', { hasText: 'hosts.csv' }).waitFor();
  await logOf(page).getByText('You said: what is in it?').waitFor();
  await picture('thread-light');
  assert.deepEqual(complaints, []);
});

test('an answer is streamed before it is posted, then stands once', async (t) => {
  const open = await openPage(t);
  await signIn(open);
  await send(open, 'say Three **backups** failed last night');
  await open.page.locator('.entry-answer strong', { hasText: 'backups' }).waitFor();
  // The request and the answer; no streamed copy stays behind.
  assert.equal(await logOf(open.page).getByText('failed last night').count(), 2);
});

test('a long turn shows a checklist with its steps, and Stop ends it', async (t) => {
  const open = await openPage(t, { colorScheme: 'dark' });
  const { page, picture } = open;
  await signIn(open);
  await picture('welcome-dark');
  await send(open, 'steps 12');
  const checklist = page.getByRole('region', { name: 'Progress' });
  await checklist.getByText(/12 steps/).waitFor();
  await checklist.getByText('Details').click();
  await checklist.getByText('$ step 12').waitFor();
  await send(open, 'careful $ systemctl restart backup@db-2');
  await page.getByRole('button', { name: 'Deny' }).waitFor();
  await picture('thread-dark');
  await page.getByRole('button', { name: 'Deny' }).click();
  await logOf(page).getByText('I did not run it').waitFor();
  await send(open, 'slow');
  await page.getByText('Working…').waitFor();
  await send(open, 'after it');
  await page.getByText('Queued, next in line.').waitFor();
  await picture('working-dark');
  await page.getByRole('button', { name: 'Steer now' }).click();
  await page.getByText('It is told to what runs at its next step.').waitFor();
  await page.locator('.now-line').getByRole('button', { name: 'Stop' }).click();
  await logOf(page).getByText('Stopped by Owner').waitFor();
  await logOf(page).getByText('You said: after it').waitFor();
});

test('on a phone everything is there, nothing is wider than the screen', async (t) => {
  const open = await openPage(t, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const { page, picture } = open;
  await signIn(open);
  const fits = () => page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');
  assert.ok(await fits());
  await picture('phone-welcome');
  await send(
    open,
    'careful $ echo a-very-long-command-without-any-space-in-it-that-would-make-a-page-wider-than-a-phone',
  );
  await page.getByRole('button', { name: 'Allow once' }).waitFor();
  assert.ok(await fits());
  await picture('phone-approval');
  await page.getByRole('button', { name: 'Allow once' }).tap();
  await logOf(page).getByText('with your permission').waitFor();
  assert.ok(await fits());
  await picture('phone-thread');
  await page.getByRole('button', { name: 'All threads' }).tap();
  await page.getByRole('link', { name: 'New thread' }).tap();
  await page.getByRole('heading', { name: 'What needs doing?' }).waitFor();
});

test('all of it works by keyboard alone', async (t) => {
  const open = await openPage(t);
  const { page, stage } = open;
  const token = await stage.core.credentials.createSignInLink(stage.owner.userId, 60_000);
  await page.goto(`${stage.url}/sign-in?token=${token}`);
  await page.getByRole('button', { name: 'Come aboard' }).waitFor();
  const tabTo = async (name: RegExp) => {
    for (let presses = 0; presses < 40; presses += 1) {
      const focused: string = await page.evaluate(
        'document.activeElement?.textContent || document.activeElement?.ariaLabel || ""',
      );
      if (name.test(focused)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`Tab does not reach ${name}`);
  };
  await tabTo(/^Come aboard/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'What needs doing?' }).waitFor();
  await tabTo(/^Ask before it acts/);
  await page.keyboard.press('Enter');
  await page.locator('form:has(textarea:focus) .send:enabled').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Allow once' }).waitFor();
  await page.keyboard.press('Shift+Tab');
  await tabTo(/^Allow in this thread/);
  await page.keyboard.press('Enter');
  await page.getByText('Owner allowed this in this thread').waitFor();
});
