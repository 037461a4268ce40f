import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { foldDocuments } from '#core/chat/fold.ts';
import { openMasterKeySource } from '#core/infra/master-key-file.ts';
import { type Core, openCore } from '#core/infra/open-core.ts';
import { query, quoted } from '#core/infra/postgres/query.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { openLog } from '#core/log.ts';
import { enterSecrets } from '#core/secrets/enter-secrets.ts';
import { openTestCore, sayAccepted } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { onServer, testServer } from '#core/testing/server.ts';
import { until } from '#core/testing/until.ts';
import { isFinal, type TurnState } from '#core/turns/state.ts';
import { openVault } from '#worker/egress/vault.ts';
import { FakeHost } from '#worker/sandbox/fake.ts';
import { startTestWorker } from '#worker/testing/worker.ts';

/** What docs/operations.md says a backup is made of, beside the database. */
const folders = ['keys', 'blobs'];
const log = openLog('test', 'silent');
const value = 'a value that only egress opens';

async function stateIs(core: Core, turnId: string, is: (state: TurnState) => boolean) {
  return until(async () => {
    const [document] = foldDocuments(await core.sessions.turnEvents(turnId));
    return document && is(document.state) ? document : null;
  }, `turn ${turnId}`);
}

test('I4, I5: from a backup every log verifies, secrets open, and what was waiting or under way goes on', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const host = new FakeHost();
  const first = new AsyncDisposableStack();
  releases.after(() => first.disposeAsync());
  await startTestWorker({ after: (release) => first.defer(release) }, core, host);
  const ask = async (thread: string, text: string) => {
    const submitted = await sayAccepted(core, thread, { text });
    await core.bell.ring(submitted.sessionId);
    return submitted.turnId;
  };
  const written = await ask('files', 'write notes.md: kept');
  await stateIs(core, written, isFinal);
  const sent = await ask('files', 'send notes.md');
  const asking = await ask('asking', 'careful $ echo allowed');
  const [file] = (await stateIs(core, sent, isFinal)).sentFiles;
  await stateIs(core, asking, (state) => state === 'waiting');
  await first.disposeAsync();
  // Its worker dies with the backup: claimed, and never heard of again.
  const underWay = await ask('under way', '$ echo resumed');
  const dead = 'wrk_dead';
  await core.claims.register(dead, 'gone', 1);
  assert.equal((await core.claims.claim(dead))?.turnId, underWay);
  const queued = await ask('under way', '$ echo queued');

  const owner = await core.identities.localOwner();
  const place = { workspace: owner.workspaceId, user: owner.userId };
  const vault = openVault({ rows: openVaultRows(core.database), keys: keysOf(core.home), log });
  await vault.publish();
  const bindings = [{ hosts: ['api.example.com'], put: { as: 'bearer' as const } }];
  await enterSecrets(core.secrets, {
    owner: place,
    secrets: [{ name: 'TOKEN', value, bindings }],
    by: owner.userId,
  });
  await vault.tidy();

  // The database first: what its rows name among the blobs was written before them.
  await core.close();
  const server = await testServer();
  const from = new URL(core.databaseUrl).pathname.slice(1);
  const to = `${from}_restored`;
  await query(server, `CREATE DATABASE ${quoted(to)} TEMPLATE ${quoted(from)}`);
  releases.after(
    async () => void (await query(server, `DROP DATABASE IF EXISTS ${quoted(to)} WITH (FORCE)`)),
  );
  const restoredUrl = onServer(server, to);
  // I9: the queue is not part of a backup.
  await query(
    restoredUrl,
    'DROP SCHEMA IF EXISTS bullmq CASCADE',
    `UPDATE worker SET seen_at = now() - interval '1 day'`,
  );
  const home = await mkdtemp(join(tmpdir(), 'deckhand-restored-'));
  releases.after(() => rm(home, { recursive: true, force: true }));
  for (const folder of folders) await cp(join(core.home, folder), join(home, folder), { recursive: true });

  const restored = await openCore({ databaseUrl: restoredUrl, redisUrl: undefined, home, name: 'restored' });
  releases.after(() => restored.close());
  assert.equal(Buffer.from(await restored.blobs.get(file?.blob ?? '')).toString(), 'kept');
  const [secret] = await restored.secrets.list(place);
  const vaultNow = openVault({ rows: openVaultRows(restored.database), keys: keysOf(home), log });
  assert.equal(await vaultNow.open(secret?.secretId ?? ''), value);

  // Sandboxes are not part of it either: commands that were done are not run again, the rest runs in new ones. Every
  // log is gone through when the worker ends.
  const anew = new FakeHost();
  await startTestWorker(releases, { ...restored, databaseUrl: restoredUrl, home }, anew);
  for (const turnId of [underWay, queued])
    assert.equal((await stateIs(restored, turnId, isFinal)).state, 'succeeded');
  const [approval] = await restored.approvals.ofTurn(asking);
  const by = { userId: owner.userId, name: owner.name };
  const answer = { grant: true, scope: 'once' as const, by, revision: approval?.revision ?? 0 };
  const decided = await restored.approvals.decide(approval?.approvalId ?? '', answer);
  await restored.bell.ring(decided?.now.sessionId ?? '');
  assert.equal((await stateIs(restored, asking, isFinal)).state, 'succeeded');
  assert.deepEqual(anew.ran.toSorted(), ['echo allowed', 'echo queued', 'echo resumed']);
});

test('docs/operations.md names what this test brings back', () => {
  const words = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
  for (const folder of folders) assert.ok(words.includes(`\`${folder}/\``), folder);
});

function keysOf(home: string) {
  return openMasterKeySource(home, { current: undefined, older: [] });
}
