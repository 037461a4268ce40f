import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';
import { accountForPostgres, commandAs } from '#core/infra/postgres/account.ts';
import { findBinaries } from '#core/infra/postgres/binaries.ts';
import { type Cluster, prepareCluster, superuser } from '#core/infra/postgres/cluster.ts';
import { query } from '#core/infra/postgres/query.ts';
import { freePort, whyNotFree } from '#core/machine/ports.ts';
import { commandOf, identityOf } from '#core/machine/process-identity.ts';

export interface PostgresServer {
  /** Connection string of a database on it. */
  url(database: string): string;
  /** True when it already ran: an earlier process of ours was killed and left it. */
  adopted: boolean;
  /** Ends it, disconnecting whoever is connected. At most 4 s. */
  stop(): Promise<void>;
}

/**
 * Starts, or finds running, the Postgres kept in `folder`. It listens on loopback only and outlives this process when
 * that is killed: the next start finds it again and nothing is recovered twice.
 * @throws {DeckhandError} `postgres.*`, with the end of its log.
 */
export async function startPostgres(folder: string, flags: string[] = []): Promise<PostgresServer> {
  const account = accountForPostgres();
  const binaries = await findBinaries();
  const cluster = await prepareCluster(folder, binaries, account);
  const running = await adopt(cluster);
  if (running) return running;

  const port = await choosePort(cluster.portFile);
  const args = [
    '-D',
    cluster.data,
    '-p',
    String(port),
    ...settings,
    ...flags.flatMap((flag) => ['-c', flag]),
  ];
  const command = commandAs(account, binaries.postgres, args, [cluster.data]);
  const log = openLog(cluster.log);
  const child = spawn(command.file, command.args, {
    ...command.options,
    cwd: '/',
    // Nothing of our environment: it may hold keys, and backends have no use for it.
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  let ended = false;
  child.on('error', () => (ended = true)).on('exit', () => (ended = true));
  child.unref();
  await untilReady(cluster, port, () => ended);
  return serverAt(cluster, port, child.pid as number, false);
}

const settings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'timezone=UTC',
  'log_timezone=UTC',
].flatMap((setting) => ['-c', setting]);

function serverAt(cluster: Cluster, port: number, pid: number, adopted: boolean): PostgresServer {
  return {
    url: (database) => `postgresql://${superuser}:${cluster.password}@127.0.0.1:${port}/${database}`,
    adopted,
    stop: () => stop(pid),
  };
}

/** Postgres' own signals: SIGINT ends it in order without waiting for clients, SIGQUIT at once (recovery at next start). */
async function stop(pid: number): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', 3_000],
    ['SIGQUIT', 1_000],
  ] as const) {
    if (!identityOf(pid)) return;
    process.kill(pid, signal);
    for (const until = Date.now() + waitMs; identityOf(pid) && Date.now() < until; ) await sleep(20);
  }
}

async function adopt(cluster: Cluster): Promise<PostgresServer | null> {
  const pidFile = join(cluster.data, 'postmaster.pid');
  if (!existsSync(pidFile)) return null;
  // Format of postmaster.pid: miscadmin.h (line 1 pid, line 4 port).
  const lines = readFileSync(pidFile, 'utf8').split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!commandOf(pid)?.includes(cluster.data)) {
    // The number belongs to somebody else by now, and Postgres would take that process for itself.
    rmSync(pidFile, { force: true });
    return null;
  }
  await untilReady(cluster, port, () => !identityOf(pid));
  return serverAt(cluster, port, pid, true);
}

/** Long enough for recovery after a crash. */
const readyWithinMs = 60_000;

async function untilReady(cluster: Cluster, port: number, ended: () => boolean): Promise<void> {
  const url = serverAt(cluster, port, 0, false).url('postgres');
  for (const until = Date.now() + readyWithinMs; Date.now() < until && !ended(); await sleep(25)) {
    try {
      const [row] = await query(url, 'SHOW data_directory');
      if (row?.data_directory === cluster.data) return;
    } catch {
      // Not yet.
    }
  }
  const tail = existsSync(cluster.log)
    ? readFileSync(cluster.log, 'utf8').trim().split('\n').slice(-8).join('\n')
    : '';
  throw new DeckhandError(
    'postgres.not_started',
    `Postgres did not start. The end of ${cluster.log}:\n${tail}`,
    {
      blame: 'machine',
    },
  );
}

async function choosePort(file: string): Promise<number> {
  const remembered = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (remembered > 0 && (await whyNotFree('127.0.0.1', remembered)) === null) return remembered;
  const port = await freePort();
  writeFileSync(file, `${port}\n`);
  return port;
}

function openLog(file: string): number {
  const large = existsSync(file) && statSync(file).size > 10_000_000;
  return openSync(file, large ? 'w' : 'a', 0o600);
}
