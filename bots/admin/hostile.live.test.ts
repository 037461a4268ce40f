import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logOf, openPage, send, signIn } from './testing/browser.ts';

/** Each would set `window.owned` if any of it became markup or script. */
const payloads = [
  '<img src=x onerror="window.owned=1">',
  '<script>window.owned=1</script>',
  '<svg onload=window.owned=1>',
  '[click me](javascript:window.owned=1)',
  '![picture](https://example.com/spy.png)',
  '<a href="data:text/html,<script>window.owned=1</script>">x</a>',
  '```"><img src=x onerror=window.owned=1>\n<b>code</b>\n```',
  '| a |\n|---|\n| <img src=x onerror=window.owned=1> |',
];

test('no text of a message, an answer, a command, an output or a file name becomes markup', async (t) => {
  const open = await openPage(t);
  const { page, stage, complaints } = open;
  const outside: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(stage.url).host) outside.push(request.url());
  });
  await signIn(open);
  await send(open, `say ${payloads.join('\n\n')}`);
  await logOf(page).locator('.entry-answer .prose').waitFor();

  const hostile = '<img src=x onerror=window.owned=1>';
  await send(open, `careful $ echo ${hostile}`);
  await page.getByRole('button', { name: 'Allow once' }).click();
  const receipts = logOf(page).locator('.receipt summary');
  await logOf(page)
    .getByText(/with your permission/)
    .waitFor();
  await receipts.last().click();
  await page.locator('.step summary').click();
  await page.locator('.step .output', { hasText: hostile }).waitFor();

  await send(open, `file ${hostile}.html`);
  await page.locator('.entry-answer .chip', { hasText: 'onerror' }).waitFor();

  assert.equal(await page.evaluate('window.owned'), undefined);
  assert.equal(await page.locator('.log img, .log script, .log [onload], .log [onerror]').count(), 0);
  const hrefs: string[] = await page.evaluate(
    "[...document.querySelectorAll('.log a')].map((a) => a.protocol).filter((p) => p !== 'http:' && p !== 'https:')",
  );
  assert.deepEqual(hrefs, [], 'a link without a safe address is no link');
  assert.deepEqual(outside, [], 'nobody outside is called');
  assert.deepEqual(complaints, [], 'not even the policy had to step in');
});

test('a file of an agent is handed out as an attachment that no browser runs', async (t) => {
  const open = await openPage(t);
  await signIn(open);
  await send(open, 'file page.html');
  const href = await open.page.locator('.entry-answer .chip').getAttribute('href');
  const { headers, body } = await open.stage.call('GET', href ?? '');
  assert.equal(headers.get('content-type'), 'application/octet-stream');
  assert.match(headers.get('content-disposition') ?? '', /^attachment; /);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.match(headers.get('content-security-policy') ?? '', /sandbox/);
  assert.equal(body, 'a file from the sandbox\n');
});

test('a page that loses its instance says so, keeps what was written, and comes back by itself', async (t) => {
  const open = await openPage(t);
  const { page } = open;
  await signIn(open);
  await send(open, 'hello');
  await logOf(page).getByText('You said: hello').waitFor();
  const comeBack = await open.stage.goAway();
  await page.getByText('Connection lost.').waitFor();
  await page.getByRole('textbox', { name: 'Message to Deckhand' }).fill('written while offline');
  assert.ok(await page.getByRole('button', { name: 'Send' }).isDisabled());
  await comeBack();
  await page.getByText('Connection lost.').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Send' }).click();
  await logOf(page).getByText('You said: written while offline').waitFor();
  assert.equal(await logOf(page).getByText('You said: hello').count(), 1, 'and nothing stands twice');
});
