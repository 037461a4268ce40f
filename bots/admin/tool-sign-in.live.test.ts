import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMasterKeySource } from '#core/infra/master-key-file.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { openLog } from '#core/log.ts';
import { startSignIns } from '#worker/egress/sign-in/start-sign-ins.ts';
import { worldRoot } from '#worker/egress/testing/origin.ts';
import { upstreamTrust } from '#worker/egress/upstreams.ts';
import { openVault } from '#worker/egress/vault.ts';
import { startOAuthServer, toolHost } from '#worker/mcp/testing/oauth-server.ts';
import { axeFindings } from './testing/axe.ts';
import { openPage, signIn } from './testing/browser.ts';

/** Browsers find names below localhost by themselves. */
const login = 'login.localhost';

test('a person signs in at a tool server in a browser: told where before they go, and nothing stays in the address', async (t) => {
  const server = await startOAuthServer(t, login);
  const open = await openPage(t, { ignoreHTTPSErrors: true, viewport: { width: 360, height: 740 } });
  const { page, stage, complaints, picture } = open;
  const { core } = stage;
  stage.deps.pageUrl = stage.url;
  const reader = { workspaceId: '', userId: stage.owner.userId };
  const host = (name: string) => `{ effect: allow, host: ${name}, ports: ${server.port}, ranges: here }`;
  const policy = `format: 1\nranges: { here: 127.0.0.0/8 }\nrules: [${host(toolHost)}, ${host(login)}]\n`;
  await core.policies.save({ layer: 'system', owner: '' }, policy, stage.owner.userId);
  const tickets = `{ url: "${server.url}", secret: TICKETS, sign_in: true }`;
  const slot = { layer: 'system', ownerId: '', name: 'assistant' } as const;
  await core.templates.save(slot, `format: 1\nmcp: { tickets: ${tickets} }\n`, reader);
  const keys = openMasterKeySource(core.home, { current: undefined, older: [] });
  const log = openLog('test', 'silent');
  const vault = openVault({ rows: openVaultRows(core.database), keys, log });
  await vault.publish();
  const stop = new AbortController();
  const network = { lookup: async () => ['127.0.0.1'], own: () => [], trust: upstreamTrust([worldRoot]) };
  const { ended } = startSignIns({ core, vault, keys, network, log, signal: stop.signal });
  t.after(async () => {
    stop.abort();
    await ended;
  });

  assert.equal((await stage.call('POST', '/v1/threads', { text: 'hello' })).status, 200);
  const { rows } = await core.database.pool.query<{ id: string }>('SELECT id FROM session');
  const sessionId = rows[0]?.id ?? assert.fail('the thread has no session');

  await signIn(open);
  await page.goto(`${stage.url}/l/?session=${sessionId}&server=tickets`);
  await page.getByRole('heading', { name: 'Sign in at tickets' }).waitFor();
  await page.getByText(`${toolHost}:${server.port}`).waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await picture('phone-tool-sign-in');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: `Go on to ${login}:${server.port}` }).click();
  await page.getByRole('heading', { name: 'You are signed in at tickets' }).waitFor();
  assert.equal(page.url(), `${stage.url}/oauth/callback`, 'neither code nor state stays in the address');
  assert.deepEqual(await axeFindings(page), []);
  const [stored] = (await stage.call('GET', '/v1/secrets')).body.secrets;
  assert.deepEqual(stored.goes, [
    `GET, POST, DELETE to ${toolHost} (port ${server.port}) at /mcp, as a bearer token, by tools alone`,
  ]);
  assert.equal(
    await vault.open(stored.id),
    server.given.find((token) => token.startsWith('acc_')),
  );
  // Whoever comes back to the page finds nothing to do over again.
  await page.reload();
  await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
  assert.deepEqual(
    complaints.filter((one) => !/status of 4(10|00)/.test(one)),
    [],
  );
});
