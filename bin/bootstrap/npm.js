import { spawnSync } from 'node:child_process';

/** Runs npm quietly. @throws {Error} with npm's own last lines under `failure` when it does not succeed. */
export function npm(args, { cwd, failure }) {
  const options = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const run = spawnSync('npm', [...args, ...options], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 600_000,
  });
  if (run.status === 0) return;
  const said = `${run.error?.message ?? ''}\n${run.stdout ?? ''}\n${run.stderr ?? ''}`.trim();
  throw new Error(`${failure}. npm said:\n${said.split('\n').slice(-12).join('\n')}`);
}
