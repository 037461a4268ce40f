import { DeckhandError } from '#core/errors.ts';
import type { SignInWish } from '#core/secrets/sign-ins.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import type { Template } from '#core/templates/merge.ts';

/** The servers of a template that people sign in at. */
export function signInServers({ mcp }: Pick<Template, 'mcp'>): string[] {
  return mcp.flatMap(({ name, reach }) => (reach.kind === 'http' && reach.signIn ? [name] : []));
}

/**
 * What signing in at a server of a thread's template comes to. Pure.
 * @throws {DeckhandError} `sign_in_unknown`, with the servers that there are
 */
export function signInWish(
  server: string,
  template: Pick<Template, 'mcp' | 'name'>,
  { sessionId, workspaceId }: Pick<SessionFacts, 'sessionId' | 'workspaceId'>,
  userId: string,
): SignInWish {
  const reach = template.mcp.find(({ name }) => name === server)?.reach;
  if (reach?.kind !== 'http' || !reach.signIn || reach.secret === null) {
    const there = signInServers(template);
    const words =
      there.length === 0
        ? `Nobody needs to sign in anywhere for ${template.name}, which answers in this thread.`
        : `One does not sign in at ${server} here. There is: ${there.join(', ')}.`;
    throw new DeckhandError('sign_in_unknown', words, { blame: 'asker' });
  }
  const { url, secret, signIn } = reach;
  return { userId, workspaceId, sessionId, server, url, secret, ...signIn };
}
