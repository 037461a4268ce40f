import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { query } from '#core/infra/postgres/query.ts';
import { startPostgres } from '#core/infra/postgres/server.ts';
import { identityOf } from '#core/machine/process-identity.ts';

/** A folder only this user may enter, as `/root` is. */
function privateFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-postgres-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'postgres');
}

const postmasterOf = (folder: string): number =>
  Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);

test('Postgres starts below a private folder, keeps its data over a stop, and leaves no process', async (t) => {
  const folder = privateFolder(t);
  const first = await startPostgres(folder);
  const pid = postmasterOf(folder);
  await query(first.url('postgres'), 'CREATE TABLE kept (id int)');
  await first.stop();
  assert.equal(identityOf(pid), null);

  const second = await startPostgres(folder);
  t.after(() => second.stop());
  assert.equal(second.adopted, false);
  assert.deepEqual(await query(second.url('postgres'), 'SELECT count(*)::int AS n FROM kept'), [{ n: 0 }]);
});

test('the Postgres of a killed process is found again, not started twice', async (t) => {
  const folder = privateFolder(t);
  const script = `import { startPostgres } from '#core/infra/postgres/server.ts';
    await startPostgres(${JSON.stringify(folder)}); process.send('up'); setInterval(() => {}, 1000);`;
  const parent = runModule(script);
  await once(parent, 'message');
  const pid = postmasterOf(folder);
  parent.kill('SIGKILL');
  await once(parent, 'exit');

  const server = await startPostgres(folder);
  t.after(() => server.stop());
  assert.equal(server.adopted, true);
  assert.equal(postmasterOf(folder), pid);
});

test('a pid file whose number belongs to somebody else does not prevent the start', async (t) => {
  const folder = privateFolder(t);
  await (await startPostgres(folder)).stop();
  const stale = `${process.pid}\n${join(folder, 'data')}\n0\n1\n\n\n\n`;
  writeFileSync(join(folder, 'data/postmaster.pid'), stale);
  const server = await startPostgres(folder);
  t.after(() => server.stop());
  assert.deepEqual(await query(server.url('postgres'), 'SELECT 1 AS one'), [{ one: 1 }]);
});

test('the password is random, and only the owner may read it', async (t) => {
  const folder = privateFolder(t);
  const server = await startPostgres(folder);
  t.after(() => server.stop());
  assert.equal(statSync(join(folder, 'password')).mode & 0o777, 0o600);
  const wrong = new URL(server.url('postgres'));
  wrong.password = 'postgres';
  await assert.rejects(query(wrong.href, 'SELECT 1'), /password authentication failed/);
});

function runModule(script: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    cwd: join(import.meta.dirname, '../../..'),
  });
}
