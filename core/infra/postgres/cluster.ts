import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { type Account, commandAs } from '#core/infra/postgres/account.ts';
import type { PostgresBinaries } from '#core/infra/postgres/binaries.ts';

/** The files of one embedded Postgres. */
export interface Cluster {
  data: string;
  log: string;
  portFile: string;
  password: string;
}

const user = 'deckhand';
export const superuser = user;

/** The cluster in `folder`, made when there is none; a crash while making it leaves nothing half-made in the way. */
export async function prepareCluster(
  folder: string,
  binaries: PostgresBinaries,
  account: Account | null,
): Promise<Cluster> {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  if (!existsSync(passwordFile)) {
    if (existsSync(data)) throw lostPassword(folder);
    writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  }
  const password = readFileSync(passwordFile, 'utf8').trim();
  if (!existsSync(data)) await initialise(data, password, binaries, account);
  return { data, log: join(folder, 'log'), portFile: join(folder, 'port'), password };
}

async function initialise(
  data: string,
  password: string,
  binaries: PostgresBinaries,
  account: Account | null,
): Promise<void> {
  const aside = `${data}.new`;
  const pwfile = `${data}.password`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { mode: 0o700 });
  writeFileSync(pwfile, password, { mode: 0o600 });
  if (account) for (const path of [aside, pwfile]) chownSync(path, account.uid, account.gid);
  const flags = [
    `--pgdata=${aside}`,
    `--pwfile=${pwfile}`,
    `--username=${user}`,
    '--auth=scram-sha-256',
    // Built into Postgres: the same order and case rules on every machine, whatever locales it has.
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  const command = commandAs(account, binaries.initdb, flags, [aside]);
  try {
    await promisify(execFile)(command.file, command.args, {
      ...command.options,
      cwd: '/',
      env: { LC_ALL: 'C' },
    });
  } catch (cause) {
    throw new DeckhandError(
      'postgres.init_failed',
      `Postgres could not be set up in ${data}: ${messageOf(cause)}`,
      {
        cause,
        blame: 'machine',
      },
    );
  } finally {
    rmSync(pwfile, { force: true });
  }
  renameSync(aside, data);
}

function lostPassword(folder: string): DeckhandError {
  return new DeckhandError(
    'postgres.password_lost',
    `${folder} holds a database but its password file is gone. Put it back, or move the folder away to begin anew.`,
    { blame: 'machine' },
  );
}
