import type { Credentials, UserFacts } from '#core/identity/ports.ts';
import { readCliKey, writeCliKey } from '#core/machine/cli-key.ts';

const linkLifeMs = 60 * 60_000;

/**
 * What the owner of this machine needs to get in: a one-time link for the browser, and a key for the command line that
 * only this account can read.
 */
export async function welcomeOwner(
  owner: UserFacts,
  credentials: Credentials,
  { home, url }: { home: string; url: string },
): Promise<string> {
  const known = readCliKey(home);
  if (!known || !(await credentials.apiKey(known))) {
    writeCliKey(home, await credentials.createApiKey(owner.userId, 'command line'));
  }
  const token = await credentials.createSignInLink(owner.userId, linkLifeMs);
  return `${url}/sign-in?token=${token}`;
}
