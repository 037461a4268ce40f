import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('a node_modules that is a link to a shared folder is never emptied, whatever the lock file says', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-packages-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [project, shared] = [join(folder, 'project'), join(folder, 'shared')];
  cpSync(import.meta.dirname, join(project, 'bin/bootstrap'), { recursive: true });
  mkdirSync(join(shared, 'kept'), { recursive: true });
  symlinkSync(shared, join(project, 'node_modules'));
  writeFileSync(join(project, 'package.json'), '{"name":"p","version":"1.0.0","type":"module"}');
  writeFileSync(
    join(project, 'package-lock.json'),
    '{"name":"p","version":"1.0.0","lockfileVersion":3,"packages":{}}',
  );

  const script = JSON.stringify('./bin/bootstrap/packages.js');
  const bring = `import(${script}).then(({ bringPackages }) => bringPackages(() => () => {}))`;
  const run = promisify(execFile)(process.execPath, ['-e', bring], { cwd: project });
  await assert.rejects(run, /node_modules is a link/);
  assert.ok(existsSync(join(shared, 'kept')));
});
