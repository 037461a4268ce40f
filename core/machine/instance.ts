import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive } from '#core/machine/process-identity.ts';

/** What a running `npm start` tells others on this machine (the CLI, a second worker). Holds a password: mode 0600. */
const instance = z.object({
  pid: z.number(),
  /** See ProcessIdentity. */
  started: z.string(),
  /** Where the page and the API listen. */
  url: z.string(),
  databaseUrl: z.string(),
});

export type Instance = z.infer<typeof instance>;

/** The running instance of this DECKHAND_HOME, or null when there is none. */
export function readInstance(home: string): Instance | null {
  let text: string;
  try {
    text = readFileSync(join(home, 'instance.json'), 'utf8');
  } catch {
    return null;
  }
  const parsed = instance.safeParse(JSON.parse(text));
  return parsed.success && isAlive(parsed.data) ? parsed.data : null;
}

export function writeInstance(home: string, facts: Instance): void {
  const file = join(home, 'instance.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(facts)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeInstance(home: string): void {
  rmSync(join(home, 'instance.json'), { force: true });
}
