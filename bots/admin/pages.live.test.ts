import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplayResult } from '#core/events/replays-port.ts';
import { until } from '#core/testing/until.ts';
import { axeFindings } from './testing/axe.ts';
import { logOf, openPage, signIn } from './testing/browser.ts';
import { furnish, pages, visit } from './testing/pages.ts';

test('every page says what will be there while it is empty, and shuts nobody out', async (t) => {
  const open = await openPage(t);
  await signIn(open);
  for (const { path, title, empty } of pages) {
    await visit(open, path, title);
    await open.page.getByRole('main').getByText(empty).first().waitFor();
    await open.picture(`empty${path.replace('/', '-')}`);
    assert.deepEqual(await axeFindings(open.page), [], path);
  }
  assert.deepEqual(open.complaints, []);
});

for (const scheme of ['light', 'dark'] as const) {
  test(`every page shows what there is, in the ${scheme}, on a desk and on a phone`, async (t) => {
    const open = await openPage(t, { colorScheme: scheme, viewport: { width: 1200, height: 1300 } });
    const { page, stage, picture, complaints } = open;
    await signIn(open);
    const session = await furnish(open);
    for (const { path, title, full } of pages) {
      await visit(open, path, title);
      await page.getByRole('main').getByText(full).first().waitFor();
      await picture(`full${path.replace('/', '-')}-${scheme}`);
      assert.deepEqual(await axeFindings(page), [], path);
    }
    await page.goto(`${stage.url}/sessions/${session}`);
    for (const tab of ['Turns', 'Events', 'Egress', 'Approvals', 'Journal check']) {
      await page.getByRole('button', { name: tab, exact: true }).click();
      if (tab === 'Journal check') await page.getByText(/each signed and chained/).waitFor();
      await picture(`session-${tab.split(' ')[0]?.toLowerCase()}-${scheme}`);
      assert.deepEqual(await axeFindings(page), [], tab);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    for (const { path, title, full } of [
      ...pages,
      { path: `/sessions/${session}`, title: 'careful', full: /begun/ },
    ]) {
      await page.goto(`${stage.url}${path}`);
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      await page.getByRole('main').getByText(full).first().waitFor();
      assert.ok(
        await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'),
        `${path} is too wide`,
      );
      await picture(`phone${path.startsWith('/sessions/') ? '-session' : path.replace('/', '-')}-${scheme}`);
    }
    assert.deepEqual(complaints, []);
  });
}

test('a question is answered on the overview; a member’s proposal is looked at and applied', async (t) => {
  const open = await openPage(t);
  const { page } = open;
  await signIn(open);
  await furnish(open);
  await visit(open, '/overview', 'Overview');
  await page.getByRole('button', { name: 'Allow once' }).click();
  await page.getByRole('button', { name: 'Allow once' }).waitFor({ state: 'detached' });
  await visit(open, '/policies', 'Policies');
  await page.locator('.diff-in', { hasText: 'The wiki is read by everybody' }).waitFor();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Applied: it is the newest version.').waitFor();
  await page.getByText('Version 1', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'What changed since' }).click();
  await page.locator('.diff-in', { hasText: 'The wiki is read by everybody' }).waitFor();
});

test('a key is made, shown once, and ended', async (t) => {
  const open = await openPage(t);
  const { page } = open;
  await signIn(open);
  await visit(open, '/account', 'Keys and sign-in');
  await page.getByRole('form', { name: 'New key' }).getByLabel('Name').fill('report');
  await page.getByRole('button', { name: 'Make a key' }).click();
  await page.getByText(/^dhk_/).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'End report' }).waitFor();
  assert.equal(await page.getByText(/^dhk_/).count(), 0);
  await page.getByRole('button', { name: 'End report' }).click();
  await page.getByRole('button', { name: 'End report' }).waitFor({ state: 'detached' });
});

test('who has set a name and a password signs in with them', async (t) => {
  const open = await openPage(t);
  const { page, stage } = open;
  await stage.call('PUT', '/v1/me/account', { login: 'owner', password: 'correct horse battery' });
  await page.goto(`${stage.url}/`);
  const form = page.getByRole('form', { name: 'Sign in by name and password' });
  await form.getByLabel('Name').fill('owner');
  await form.getByLabel('Password').fill('wrong');
  await form.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Name or password is wrong.').waitFor();
  await open.picture('sign-in');
  await form.getByLabel('Password').fill('correct horse battery');
  await form.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'What needs doing?' }).waitFor();
});

test('two browsers watch one session, and neither misses anything while the server is away', async (t) => {
  const open = await openPage(t);
  const { page, stage } = open;
  await signIn(open);
  const { body } = await stage.call('POST', '/v1/sessions', { text: 'first' });
  const token = await stage.core.credentials.createSignInLink(stage.owner.userId, 60_000);
  const other = await page.context().browser()?.newContext();
  const second = await other?.newPage();
  assert.ok(second);
  await second.goto(`${stage.url}/sign-in?token=${token}`);
  await second.getByRole('button', { name: 'Come aboard' }).click();
  await second.getByRole('heading', { name: 'What needs doing?' }).waitFor();
  for (const one of [page, second]) {
    await one.goto(`${stage.url}/t/${body.thread}`);
    await logOf(one).getByText('You said: first').waitFor();
  }
  const comeBack = await stage.goAway();
  await stage.inbound.say({
    ...{ threadId: body.thread, author: { userId: stage.owner.userId, name: 'Owner' }, text: 'second' },
    ...{ files: [], key: crypto.randomUUID() },
  });
  await comeBack();
  for (const one of [page, second]) {
    const log = logOf(one);
    await log.getByText('You said: second').waitFor();
    assert.equal(await log.getByText('You said: first').count(), 1);
    assert.equal(await log.getByText('You said: second').count(), 1);
  }
});

test('a replay is asked for on a session’s page, which shows where the log parts ways, then that it is identical', async (t) => {
  const open = await openPage(t);
  const { page, stage } = open;
  await signIn(open);
  const { body } = await stage.call('POST', '/v1/sessions', { text: 'first' });
  await page.goto(`${stage.url}/sessions/${body.session.id}`);
  await page.getByRole('button', { name: 'Journal check' }).click();
  const none = { identical: 0, otherHarness: 0, divergence: null, message: null };
  const settle = async (result: Partial<ReplayResult> & Pick<ReplayResult, 'verdict'>) => {
    const taken = await until(
      () => stage.core.replays.take('wrk_test', 60_000),
      'the replay to be asked for',
    );
    await stage.core.replays.settle(taken, 'wrk_test', { ...none, ...result });
  };
  await page.getByRole('button', { name: 'Replay', exact: true }).click();
  await page.getByText(/Waits for a worker|A worker goes through it/).waitFor();
  await settle({
    verdict: 'diverged',
    divergence: {
      turnId: body.turnId,
      key: 'model:2',
      recorded: 'sha256 of one',
      found: 'sha256 of another',
    },
  });
  await page.getByText('sha256 of another').waitFor();
  await open.picture('session-replay');
  assert.deepEqual(await axeFindings(page), []);
  await page.getByRole('button', { name: 'Replay again' }).click();
  await settle({ verdict: 'identical', identical: 1 });
  await page.getByText('1 turn came to the same.').waitFor();
  assert.deepEqual(open.complaints, []);
});

test('a price is set and taken out, usage is told by person and model', async (t) => {
  const open = await openPage(t);
  const { page } = open;
  await signIn(open);
  await furnish(open);
  await visit(open, '/usage', 'Usage and prices');
  const form = page.getByRole('form', { name: 'Set a price' });
  await form.getByLabel('Provider').fill('anthropic');
  await form.getByLabel('Model').fill('claude-*');
  await form.getByLabel('Input', { exact: true }).fill('3');
  await form.getByLabel('Output').fill('15');
  await page.keyboard.press('Enter');
  await page.getByText('The price of claude-* is set.').waitFor();
  await page.getByRole('button', { name: 'Take out anthropic claude-*' }).click();
  await page.getByText('claude-* has no price now.').waitFor();
  await page.getByRole('button', { name: 'By person' }).click();
  await page.getByRole('cell', { name: 'Owner', exact: true }).waitFor();
  await page.getByRole('button', { name: 'By model' }).click();
  await page.getByRole('row', { name: /openai:another .* 1 call without a price/ }).waitFor();
  assert.deepEqual(open.complaints, []);
});

test('two entries of one person are joined on the page, after a second yes, and separated again', async (t) => {
  const open = await openPage(t);
  const { page, stage } = open;
  await signIn(open);
  await stage.addPerson('Ana', 'member');
  const slack = { id: 'U2', name: 'ana.s' };
  await stage.core.identities.resolve('slack', { externalId: 'T1', name: 'Team' }, slack);
  await visit(open, '/people', 'People');
  await page.getByLabel('This one').selectOption({ label: 'ana.s (slack)' });
  await page.getByLabel('is the same as').selectOption({ label: 'Ana (console)' });
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await open.picture('people-join');
  assert.deepEqual(await axeFindings(page), []);
  await page.getByRole('button', { name: 'Yes, join them' }).click();
  await page.getByRole('button', { name: 'Separate slack ana.s from Ana' }).click();
  await page.getByText('ana.s on slack is somebody of their own now.').waitFor();
  assert.deepEqual(open.complaints, []);
});

test('a person’s data is erased on the page, after a second yes that names what goes and what stays', async (t) => {
  const open = await openPage(t);
  const { page, stage } = open;
  await signIn(open);
  const ana = await stage.addPerson('Ana', 'member');
  await visit(open, '/people', 'People');
  const form = page.getByRole('form', { name: "Erase a person's data" });
  await form.getByRole('combobox').selectOption({ label: 'Ana (console)' });
  await form.getByRole('button', { name: 'Erase…' }).click();
  await page.getByText('What stays: numbers of use and hashes').waitFor();
  await open.picture('people-erase');
  assert.deepEqual(await axeFindings(page), []);
  await page.getByRole('button', { name: 'No', exact: true }).click();
  assert.equal(await stage.core.erasures.of(ana.user.userId), null);
  await form.getByRole('button', { name: 'Erase…' }).click();
  await page.getByRole('button', { name: 'Yes, erase it for good' }).click();
  await page.getByText('The data of Ana is being erased.').waitFor();
  await until(async () => {
    await stage.core.erasures.goOn();
    return (await stage.core.erasures.of(ana.user.userId))?.state === 'sweeping' || null;
  }, 'the erasure');
  await page.getByText('0 events lost their words.').waitFor();
  await page.getByRole('cell', { name: 'Ana' }).waitFor({ state: 'detached' });
  assert.deepEqual(open.complaints, []);
});
