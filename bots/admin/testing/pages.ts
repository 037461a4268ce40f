import assert from 'node:assert/strict';
import { until } from '#core/testing/until.ts';
import type { OpenPage } from './browser.ts';

interface View {
  path: string;
  title: string;
  /** Words that stand there when there is something. */
  full: RegExp;
}

/** Every page, with words that stand there when there is nothing yet, and when there is something. */
export const pages: (View & { empty: RegExp })[] = [
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

/** Every page, the first one, and a session's, once `furnish` has been there. */
export function everyView(session: string): View[] {
  return [
    { path: '/', title: 'What needs doing?', full: /Run a command/ },
    ...pages,
    { path: `/sessions/${session}`, title: 'careful', full: /begun/ },
  ];
}

/** Waits until what is to be seen of a view is there. */
export async function there({ page }: OpenPage, { title, full }: View): Promise<void> {
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  await page.getByRole('main').getByText(full).first().waitFor();
}

/** Opens a page by its address, and waits for its heading. */
export async function visit({ page, stage }: OpenPage, path: string, title: string): Promise<void> {
  await page.goto(`${stage.url}${path}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

/** One of everything. Gives the session whose agent has asked something. */
export async function furnish({ stage }: OpenPage): Promise<string> {
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
