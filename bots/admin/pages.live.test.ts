import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { until } from '#core/testing/until.ts';
import { logOf, type OpenPage, openPage, signIn } from './testing/browser.ts';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What would shut somebody out: axe's serious and critical findings. */
async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: Violation[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    );
}

/** Every page, with words that stand there when there is nothing yet, and when there is something. */
const pages: { path: string; title: string; empty: RegExp; full: RegExp }[] = [
  { path: '/overview', title: 'Overview', empty: /All quiet/, full: /restart backup@db-2/ },
  {
    path: '/approvals',
    title: 'Approvals',
    empty: /Nothing waits for an answer/,
    full: /restart backup@db-2/,
  },
  { path: '/sessions', title: 'Sessions', empty: /No session yet/, full: /careful \$ systemctl/ },
  { path: '/schedules', title: 'Schedules', empty: /Nothing is scheduled yet/, full: /check the backups/ },
  { path: '/egress', title: 'Egress log', empty: /Nothing has left yet/, full: /api\.example\.com/ },
  { path: '/secrets', title: 'Secrets', empty: /None yet/, full: /Defaults/ },
  { path: '/policies', title: 'Policies', empty: /As it came with Deckhand/, full: /the wiki is needed/ },
  { path: '/templates', title: 'Templates', empty: /As it came with Deckhand/, full: /shorter answers/ },
  { path: '/people', title: 'People', empty: /Owner you/, full: /Ana/ },
  { path: '/account', title: 'Keys and sign-in', empty: /Keys for programs/, full: /nightly report/ },
  { path: '/audit', title: 'Audit log', empty: /sign_in/, full: /user\.invited/ },
  { path: '/settings', title: 'Settings', empty: /DECKHAND_WORKER_SLOTS/, full: /DECKHAND_WORKER_SLOTS/ },
  { path: '/api', title: 'API', empty: /\/v1\/sessions/, full: /\/v1\/sessions/ },
];

async function visit({ page, stage }: OpenPage, path: string, title: string): Promise<void> {
  await page.goto(`${stage.url}${path}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

/** One of everything. Gives the session whose agent has asked something. */
async function furnish({ stage }: OpenPage): Promise<string> {
  const { body: asked } = await stage.call('POST', '/v1/sessions', {
    text: 'careful $ systemctl restart backup@db-2',
  });
  const { body: done } = await stage.call('POST', '/v1/sessions', { text: '$ uname -a' });
  await stage.call('POST', '/v1/sessions', { text: 'fail' });
  await until(async () => {
    const { body } = await stage.call('GET', '/v1/load');
    return body.now.waiting === 1 && body.now.succeeded === 1 && body.now.failed === 1 ? true : null;
  }, 'the turns to have come as far as they go');
  const entry = (host: string, outcome: 'passed' | 'refused', secret: string | null) => ({
    turnId: done.turnId as string,
    entry: {
      ...{
        at: new Date().toISOString(),
        method: 'GET',
        scheme: 'https' as const,
        host,
        port: 443,
        path: '/v1/status',
      },
      ...{ outcome, rule: `allow ${host}`, code: null, secret, sent: 120, received: 48_211, ms: 84 },
      ...(outcome === 'refused'
        ? { reason: 'No rule allows it.', status: 403 }
        : { reason: null, status: 200 }),
    },
  });
  await stage.core.egressLog.append(done.session.id, [
    entry('api.example.com', 'passed', 'STATUS_TOKEN'),
    entry('paste.example.net', 'refused', null),
  ]);
  const { body: draft } = await stage.call('POST', '/v1/schedules', {
    words: 'every weekday at 9:00 check the backups',
  });
  await stage.call('POST', `/v1/schedules/${draft.id}/save`);
  await stage.call('POST', '/v1/users', { name: 'Ana', role: 'admin' });
  await stage.call('POST', '/v1/keys', { name: 'nightly report', scopes: ['read'] });
  const ben = await stage.addPerson('Ben', 'member');
  const member = { authorization: `Bearer ${ben.key}` };
  const { body: held } = await stage.call('GET', '/v1/policies/system');
  const proposed = await stage.call(
    ...(['POST', '/v1/policy-proposals'] as const),
    {
      layer: 'system',
      change: { text: `${held.current.text}# The wiki is read by everybody.\n` },
      why: 'the wiki is needed',
    },
    member,
  );
  const template = await stage.call(
    ...(['POST', '/v1/template-proposals'] as const),
    { layer: 'system', name: 'assistant', text: 'format: 1\nabout: Short.\n', why: 'shorter answers' },
    member,
  );
  assert.deepEqual(
    [proposed.status, template.status],
    [200, 200],
    JSON.stringify([proposed.body, template.body]),
  );
  return asked.session.id;
}

test('every page says what will be there while it is empty, and shuts nobody out', async (t) => {
  const open = await openPage(t);
  await signIn(open);
  for (const { path, title, empty } of pages) {
    await visit(open, path, title);
    await open.page.getByRole('main').getByText(empty).first().waitFor();
    await open.picture(`empty${path.replace('/', '-')}`);
    assert.deepEqual(await seriousFaults(open.page), [], path);
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
      assert.deepEqual(await seriousFaults(page), [], path);
    }
    await page.goto(`${stage.url}/sessions/${session}`);
    for (const tab of ['Turns', 'Events', 'Egress', 'Approvals', 'Journal check']) {
      await page.getByRole('button', { name: tab, exact: true }).click();
      if (tab === 'Journal check') await page.getByText(/each signed and chained/).waitFor();
      await picture(`session-${tab.split(' ')[0]?.toLowerCase()}-${scheme}`);
      assert.deepEqual(await seriousFaults(page), [], tab);
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
