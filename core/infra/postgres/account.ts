import { execFileSync, type SpawnOptions, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DeckhandError } from '#core/errors.ts';

/** Postgres refuses to run as root: then it runs as the system user `postgres`. Elsewhere it runs as we do. */
export interface Account {
  uid: number;
  gid: number;
}

/** @throws {DeckhandError} `postgres.no_account` when root cannot make the user. */
export function accountForPostgres(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const known = look();
  if (known) return known;
  const made = spawnSync(
    'useradd',
    ['--system', '--user-group', '--shell', '/usr/sbin/nologin', 'postgres'],
    {
      encoding: 'utf8',
    },
  );
  // Two starts at once may both try: who lost finds the winner's.
  const account = look();
  if (account) return account;
  throw new DeckhandError(
    'postgres.no_account',
    `Postgres does not run as root, and the user "postgres" could not be made (${made.error?.message ?? made.stderr.trim()}). Make it with \`useradd --system postgres\`, or set DATABASE_URL.`,
    { blame: 'machine' },
  );
}

function look(): Account | null {
  try {
    const id = (what: string): number => Number(execFileSync('id', [what, 'postgres'], { stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

/**
 * How to start a program as that account. Projects often lie below folders that only root may enter (`/root`, a
 * `mktemp -d`): then the program keeps the one right to pass through folders, so that nothing has to be moved or opened up.
 */
export function commandAs(
  account: Account | null,
  program: string,
  args: string[],
  folders: string[],
): { file: string; args: string[]; options: SpawnOptions } {
  if (!account) return { file: program, args, options: {} };
  if ([program, ...folders].every((path) => reachable(dirname(path), account))) {
    return { file: program, args, options: { uid: account.uid, gid: account.gid } };
  }
  const pass = '+dac_read_search';
  const as = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  // access(2) would set the right aside for any user but root; initdb asks it where its own programs are.
  const caps = [`--inh-caps=${pass}`, `--ambient-caps=${pass}`, '--securebits=+no_setuid_fixup'];
  return { file: '/usr/bin/setpriv', args: [...as, ...caps, '--', program, ...args], options: {} };
}

function reachable(folder: string, account: Account): boolean {
  const { mode, uid } = statSync(folder);
  const open = (mode & 0o001) !== 0 || (uid === account.uid && (mode & 0o100) !== 0);
  return open && (folder === dirname(folder) || reachable(dirname(folder), account));
}
