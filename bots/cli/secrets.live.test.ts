import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openMasterKeySource } from '#core/infra/master-key-file.ts';
import { openVaultRows } from '#core/infra/vault-rows.ts';
import { openLog } from '#core/log.ts';
import { enterSecrets } from '#core/secrets/enter-secrets.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { adoptEntries } from '#worker/egress/adopt-entries.ts';
import { openVault } from '#worker/egress/vault.ts';
import { openCli } from './testing/open-cli.ts';

/** A running instance with egress's loop beside it. */
async function openWithEgress(t: Releases) {
  const { cli, stage } = await openCli(t);
  const log = openLog('test', 'silent');
  const keys = openMasterKeySource(stage.core.home, { current: undefined, older: [] });
  const vault = openVault({ rows: openVaultRows(stage.core.database), keys, log });
  await vault.publish();
  const stopping = new AbortController();
  const loop = adoptEntries({ vault, log, everyMs: 20, signal: stopping.signal });
  const [workspace] = await stage.core.workspaces.of(stage.owner.userId);
  const enter = (name: string, user: string | null = stage.owner.userId) =>
    enterSecrets(stage.core.secrets, {
      owner: { workspace: workspace?.workspaceId ?? '', user },
      secrets: [
        { name, value: 'value-of-a-secret', bindings: [{ hosts: ['a.example'], put: { as: 'bearer' } }] },
      ],
      by: stage.owner.userId,
    });
  const stop = async () => {
    stopping.abort();
    await loop;
  };
  return { cli, stage, enter, keys, stop };
}

test('secrets are listed by name, linked and removed; a value is in none of it', async (t) => {
  const { cli, stage, enter, stop } = await openWithEgress(t);
  assert.match((await cli('secrets', 'list')).err, /No secrets yet/);
  await enter('GITHUB_TOKEN');
  await enter('NPM_TOKEN', null);
  const { out } = await cli('secrets', 'list');
  assert.match(
    out,
    /^GITHUB_TOKEN {2}yours {2}This machine {2}set by Owner .* {2}not used yet {2}GET, HEAD to a\.example/,
  );
  assert.equal(JSON.parse((await cli('secrets', 'list', '--json')).out).length, 2);
  const link = (await cli('secrets', 'link')).out.trim();
  assert.ok(link.startsWith(`${stage.url}/s/`));
  const missed = await cli('secrets', 'rm', 'NPM_TOKEN');
  assert.deepEqual([missed.code, /say --default/.test(missed.err)], [1, true]);
  assert.match((await cli('secrets', 'rm', 'NPM_TOKEN', '--default')).out, /Removed NPM_TOKEN/);
  assert.match((await cli('secrets', 'rm', 'GITHUB_TOKEN')).out, /Removed/);
  await stop();
});

test('a rotation ends when every secret is under the new key', async (t) => {
  const { cli, stage, enter, keys, stop } = await openWithEgress(t);
  await enter('A');
  await enter('B');
  const before = keys().current;
  const { code, out } = await cli('secrets', 'rotate');
  assert.equal(code, 0);
  assert.match(out, /New master key [0-9a-f]{16}\.\nAll 2 secrets are under it\./);
  const under = await stage.core.secrets.underKeys();
  assert.deepEqual(under, { waiting: 0, keys: [{ masterKeyId: keys().current, secrets: 2 }] });
  assert.notEqual(keys().current, before);
  await stop();
});

test('a policy is checked with its lines, set and shown', async (t) => {
  const { cli, stage } = await openCli(t);
  const file = join(stage.core.home, 'policy.yaml');
  writeFileSync(file, 'format: 1\npreset: opne\n');
  for (const words of [
    ['check', file],
    ['set', 'system', file],
  ]) {
    const wrong = await cli('policy', ...words);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /line 2: preset should be one of none, allowlist/);
  }
  assert.match((await cli('policy', 'show', 'system')).err, /as it came with Deckhand/);
  writeFileSync(file, 'format: 1\nrules:\n  - { effect: deny, host: a.example }\n');
  assert.match((await cli('policy', 'check', file)).out, /can be used: 1 rule\./);
  assert.match((await cli('policy', 'set', 'user', file)).out, /user policy is version 1 now/);
  assert.match((await cli('policy', 'show', 'user')).out, /^format: 1\nrules:/);
  assert.match(
    (await cli('policy', 'show')).out,
    /^# system \(This Deckhand\), as it came[\s\S]*# user \(Owner\), version 1/,
  );
  assert.match((await cli('policy', 'set', 'system', '/nonexistent')).err, /cannot be read/);
});
