import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStage, type Stage } from '#bots/http/testing/stage.ts';
import { writeInstance } from '#core/machine/instance.ts';
import { identityOf } from '#core/machine/process-identity.ts';
import type { Releases } from '#core/testing/last-first.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** A running instance as the command line finds it, and the command line. */
export async function openCli(
  t: Releases,
): Promise<{ stage: Stage; cli: (...words: string[]) => Promise<Ran> }> {
  const stage = await openStage(t);
  const { home } = stage.core;
  const identity = identityOf(process.pid);
  assert.ok(identity);
  writeInstance(home, { ...identity, url: stage.url, databaseUrl: stage.core.databaseUrl });
  await writeFile(join(home, 'cli.key'), `${stage.key}\n`, { mode: 0o600 });
  return { stage, cli: (...words) => run(home, words) };
}

/** The command line as a script runs it: no terminal, everything piped. */
export async function run(home: string, words: string[]): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...words], {
    env: { DECKHAND_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = '';
    for await (const part of stream) text += part;
    return text;
  };
  const [out, err, code] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { code, out, err };
}
