import { type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { DeckhandError } from '#core/errors.ts';
import type { Say } from './steps.ts';

/** Where Debian puts programs; also what daemons that we start get as PATH. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The path of an installed program, or null. */
export function findProgram(name: string): string | null {
  for (const folder of systemPath.split(':')) {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return `${folder}/${name}`;
    } catch {
      // Look on.
    }
  }
  return null;
}

export interface Installing {
  /** Debian package that brings each program. */
  packages: Record<string, string>;
  /** Why it is needed, for the message when it may not be installed. */
  purpose: string;
  allowed: boolean;
  say: Say;
  signal: AbortSignal;
}

/**
 * Installs the Debian packages of the programs that are missing.
 * @throws {DeckhandError} `programs.missing` with the exact command when it may not or cannot; `programs.not_installed`
 */
export async function bringPrograms({ packages, purpose, allowed, say, signal }: Installing): Promise<void> {
  const missing = Object.keys(packages).filter((program) => !findProgram(program));
  if (missing.length === 0) return;
  const names = missing.map((program) => packages[program] as string);
  if (!allowed || process.getuid?.() !== 0 || !findProgram('apt-get')) {
    throw new DeckhandError(
      'programs.missing',
      `${missing.join(' and ')} is missing: ${purpose}. Install it, on Debian as root with\n  apt-get update && apt-get install -y --no-install-recommends ${names.join(' ')}`,
      { blame: 'machine' },
    );
  }
  // apt works for one at a time; steps that run side by side take turns.
  const turn = installing.then(() => aptInstall(names, say, signal));
  installing = turn.catch(() => {});
  await turn;
}

let installing: Promise<void> = Promise.resolve();

async function aptInstall(names: string[], say: Say, signal: AbortSignal): Promise<void> {
  say(`installing ${names.join(', ')}`);
  using _quiet = withoutServiceStarts();
  const lock = ['-o', 'DPkg::Lock::Timeout=120'];
  await apt([...lock, 'update', '-q'], signal);
  await apt([...lock, '-q', 'install', '-y', '--no-install-recommends', ...names], signal);
}

/**
 * Debian starts a service when its package is installed. What we start we must be able to stop, so it is told not to,
 * by the file that policy gives for this (invoke-rc.d(8)), unless the machine has a policy of its own.
 */
function withoutServiceStarts(): Disposable {
  const file = '/usr/sbin/policy-rc.d';
  if (existsSync(file)) return { [Symbol.dispose]: () => {} };
  writeFileSync(file, '#!/bin/sh\nexit 101\n');
  chmodSync(file, 0o755);
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

async function apt(args: string[], signal: AbortSignal): Promise<void> {
  const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'], signal };
  const child = spawn('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], options);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  const code = await new Promise((settle, fail) => child.on('error', fail).on('close', settle));
  if (code === 0) return;
  const tail = said.trim().split('\n').slice(-8).join('\n');
  throw new DeckhandError('programs.not_installed', `apt-get ${args.join(' ')} failed:\n${tail}`, {
    blame: 'machine',
  });
}
