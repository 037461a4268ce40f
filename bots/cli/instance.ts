import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DeckhandError } from '#core/errors.ts';

/** How programs on this machine find the running instance: `instance.json` and `cli.key` in DECKHAND_HOME. */

const Instance = z.object({ url: z.url(), pid: z.number().int().optional(), version: z.string().optional() });
export type Instance = z.infer<typeof Instance>;

const instanceFile = 'instance.json';
const keyFile = 'cli.key';

/** Says where the instance listens; written when it does. */
export async function writeInstance(home: string, instance: Instance): Promise<void> {
  await replace(home, instanceFile, `${JSON.stringify(instance)}\n`);
}

/** Takes the word back at a clean stop. */
export async function removeInstance(home: string): Promise<void> {
  await rm(join(home, instanceFile), { force: true });
}

/** @throws {DeckhandError} `instance.not_running` when none is written down. */
export async function readInstance(home: string): Promise<Instance> {
  const text = await readFile(join(home, instanceFile), 'utf8').catch(() => null);
  const parsed = text === null ? null : Instance.safeParse(parseJson(text));
  if (!parsed?.success) throw notRunning(home);
  return parsed.data;
}

/** The command line's API key, if one is there. */
export async function readCliKey(home: string): Promise<string | null> {
  const text = await readFile(join(home, keyFile), 'utf8').catch(() => null);
  return text?.trim() || null;
}

/** Keeps the command line's API key where only its owner reads it. */
export async function writeCliKey(home: string, key: string): Promise<void> {
  await replace(home, keyFile, `${key}\n`);
}

/** The instance in this folder does not answer, or there is none. */
export function notRunning(home: string): DeckhandError {
  return new DeckhandError(
    'instance.not_running',
    `No Deckhand runs with the folder ${home}. Start it with \`npm start\`, or set DECKHAND_HOME to the folder of one that runs.`,
    { blame: 'machine' },
  );
}

/** Written aside and renamed: a reader sees the old text or the new one. 0600 from its first byte. */
async function replace(home: string, name: string, text: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const draft = join(home, `${name}.${process.pid}`);
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, join(home, name));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
