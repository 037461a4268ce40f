import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gitIdentity } from './git-identity.ts';

test('a real commit carries the author of the turn, whatever their name holds', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-git-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const git = (env: Record<string, string>, ...args: string[]) =>
    execFileSync('git', ['-c', 'commit.gpgsign=false', ...args], {
      cwd: folder,
      // Nothing of this machine's own settings.
      env: { PATH: '/usr/bin:/bin', HOME: folder, GIT_CONFIG_NOSYSTEM: '1', ...env },
      encoding: 'utf8',
    });
  git({}, 'init', '-q');
  const people: [name: string, email: string | null, shown: string][] = [
    ['Ana Müller', 'ana@example.com', 'Ana Müller <ana@example.com>'],
    [
      'Ben <root@example.com>\nSigned-off-by: Eve',
      null,
      'Ben root@example.com Signed-off-by: Eve <usr_1@deckhand.invalid>',
    ],
    ['<>', null, 'usr_1 <usr_1@deckhand.invalid>'],
    ['J. R.', null, 'J. R <usr_1@deckhand.invalid>'],
  ];
  for (const [name, email, shown] of people) {
    const env = gitIdentity({ userId: 'usr_1', name, email });
    git(env, 'commit', '-q', '--allow-empty', '-m', 'change');
    assert.equal(git({}, 'log', '-1', '--format=%an <%ae>|%cn <%ce>').trim(), `${shown}|${shown}`);
  }
});
