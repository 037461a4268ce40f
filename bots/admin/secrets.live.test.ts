import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { openMasterKeySource } from '#core/infra/master-key-file.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { openLog } from '#core/log.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { assertNoTraceOf } from '#core/testing/no-trace.ts';
import { openVault } from '#worker/egress/vault.ts';
import { type OpenPage, openPage, signIn } from './testing/browser.ts';

const value = 'ghp_correct-horse-battery';

/** The page with an egress that has published its key. */
async function openWithEgress(t: Releases, options: BrowserContextOptions = {}) {
  const open = await openPage(t, options);
  const { core } = open.stage;
  const keys = openMasterKeySource(core.home, { current: undefined, older: [] });
  const vault = openVault({ rows: openVaultRows(core.database), keys, log: openLog('test', 'silent') });
  await vault.publish();
  return { open, vault };
}

async function toSecrets(open: OpenPage): Promise<void> {
  await signIn(open);
  await open.page.getByText('Manage', { exact: true }).click();
  await open.page.getByRole('link', { name: 'Secrets' }).click();
  await open.page.getByRole('heading', { name: 'Secrets', exact: true }).waitFor();
}

async function newLink({ stage }: OpenPage): Promise<string> {
  const { body } = await stage.call('POST', '/v1/secret-links', {});
  return `${stage.url}${body.path}`;
}

test('a secret is entered, replaced and removed, and its value is on no page', async (t) => {
  const { open, vault } = await openWithEgress(t);
  const { page, stage, complaints, picture } = open;
  await toSecrets(open);
  await page.getByLabel('Name').fill('GITHUB_TOKEN');
  await page.getByLabel('Value').fill(value);
  await page.getByLabel('What it is').selectOption('GitHub token');
  await picture('secrets-form');
  await page.getByRole('button', { name: 'Store', exact: true }).click();
  await page.getByText('Stored GITHUB_TOKEN.').waitFor();
  await page.getByText('GET, HEAD to api.github.com, as a bearer token').waitFor();
  assert.equal(await page.getByLabel('Value').inputValue(), '', 'the field forgets it');

  await page.getByRole('button', { name: 'Replace GITHUB_TOKEN' }).click();
  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'GITHUB_TOKEN' }) });
  assert.equal(await row.getByLabel('Name').inputValue(), 'GITHUB_TOKEN');
  await row.getByLabel('Value').fill('another-value-of-it');
  await row.getByRole('button', { name: 'Replace', exact: true }).click();
  await row.getByLabel('Value').waitFor({ state: 'detached' });
  const [kept] = (await stage.call('GET', '/v1/secrets')).body.secrets;
  assert.deepEqual([kept.version, await vault.open(kept.id)], [2, 'another-value-of-it']);

  await page.reload();
  await page.getByRole('button', { name: 'Remove GITHUB_TOKEN' }).click();
  await picture('secrets-list');
  await page.getByRole('button', { name: 'Remove for good' }).click();
  await page.getByText('Removed GITHUB_TOKEN.').waitFor();
  await page.getByText('None yet.').waitFor();
  await assertNoTraceOf(value, {
    databaseUrl: stage.core.databaseUrl,
    folders: [stage.core.home],
    texts: { page: await page.content(), storage: await storageOf(page) },
  });
  assert.deepEqual(complaints, []);
});

test('a pasted .env shows its names, never its values; what is chosen is stored', async (t) => {
  const { open, vault } = await openWithEgress(t, { colorScheme: 'dark' });
  const { page, stage, complaints, picture } = open;
  await toSecrets(open);
  await page.getByRole('button', { name: 'Paste a .env' }).click();
  const text = `GITHUB_TOKEN=${value}\nDEPLOY_KEY="${value}-two" # ours\nPORT=8080\n`;
  await page.getByLabel('Lines of a .env file').fill(text);
  await page.getByRole('button', { name: 'Read the names' }).click();
  await page.getByRole('heading', { name: '3 names in it' }).waitFor();
  await page.getByText('its value has fewer than 12 characters').waitFor();
  await assertNoTraceOf(value, { texts: { page: await page.content() } });
  await page.getByRole('checkbox', { name: /DEPLOY_KEY/ }).check();
  const deploy = page.getByRole('listitem').filter({ hasText: 'DEPLOY_KEY' });
  await deploy.getByLabel('Hosts').fill('*');
  await deploy.getByLabel('How it is put on').selectOption('A header of its own');
  await deploy.getByRole('textbox', { name: 'Header' }).fill('X-Deploy-Key');
  await page.getByRole('button', { name: 'Store 2 secrets' }).click();
  await page
    .getByRole('alert')
    .getByText(/never bound to all hosts/)
    .waitFor();
  await deploy.getByLabel('Hosts').fill('deploy.example.com, *.deploy.example.com');
  await picture('secrets-paste-dark');
  await page.getByRole('button', { name: 'Store 2 secrets' }).click();
  await page.getByText('Stored GITHUB_TOKEN, DEPLOY_KEY.').waitFor();
  await page
    .getByText('GET, HEAD to deploy.example.com, *.deploy.example.com, in the header x-deploy-key')
    .waitFor();
  const stored = (await stage.call('GET', '/v1/secrets')).body.secrets;
  const values = await Promise.all(stored.map(({ id }: { id: string }) => vault.open(id)));
  assert.deepEqual(values.sort(), [value, `${value}-two`]);
  assert.deepEqual(
    complaints.filter((one) => !/status of 400/.test(one)),
    [],
  );
});

test('a one-time link works on a phone without signing in, once', async (t) => {
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  const { open } = await openWithEgress(t, phone);
  const { page, stage, picture } = open;
  const link = await newLink(open);
  const opened = await page.goto(link);
  assert.equal(opened?.headers()['cache-control'], 'no-store');
  await page.getByText(/For Owner in This machine/).waitFor();
  await page.getByLabel('Name').fill('NPM_TOKEN');
  await page.getByLabel('Value').fill(value);
  await page.getByLabel('What it is').selectOption('npm token');
  assert.ok(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'));
  await picture('phone-secret-link');
  await page.getByRole('button', { name: 'Store', exact: true }).tap();
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/s/', 'the token does not stay in the address');
  const names = (await stage.call('GET', '/v1/secrets')).body.secrets.map(
    ({ name }: { name: string }) => name,
  );
  assert.deepEqual(names, ['NPM_TOKEN']);
  await page.goto(link);
  await page
    .getByRole('alert')
    .getByText(/used or is too old/)
    .waitFor();
  await assertNoTraceOf(value, { texts: { page: await page.content(), storage: await storageOf(page) } });
});

test('secrets are entered by keyboard alone', async (t) => {
  const { open } = await openWithEgress(t);
  const { page } = open;
  await page.goto(await newLink(open));
  await page.getByRole('heading', { name: 'Enter secrets' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('GITHUB_TOKEN');
  await page.keyboard.press('Tab');
  await page.keyboard.type(value);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  await page.getByText('Stored GITHUB_TOKEN.').waitFor();
});

/** What the browser keeps beyond the page. */
function storageOf(page: OpenPage['page']): Promise<string> {
  return page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state])',
  );
}
