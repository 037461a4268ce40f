import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials, UserFacts } from '#core/identity/ports.ts';

const linkLifeMs = 60 * 60_000;

/**
 * What the owner of this machine needs to get in: a one-time link for the browser, and a key (mode 0600) for the
 * command line that only this account can read.
 */
export async function welcomeOwner(
  owner: UserFacts,
  credentials: Credentials,
  { home, url }: { home: string; url: string },
): Promise<string> {
  const keyFile = join(home, 'cli.key');
  if (!existsSync(keyFile) || !(await credentials.apiKey(readKey(keyFile)))) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(keyFile, `${await credentials.createApiKey(owner.userId, 'command line')}\n`, {
      mode: 0o600,
    });
  }
  const token = await credentials.createSignInLink(owner.userId, linkLifeMs);
  return `${url}/sign-in?token=${token}`;
}

function readKey(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
