import type { UserFacts } from '#core/identity/ports.ts';

/** Where nobody said otherwise: a domain that no mail can reach (RFC 2606). */
const nowhere = 'deckhand.invalid';

/**
 * The environment that makes git name the turn's author in commits, as who wrote and as who committed. What git would
 * cut out of a name or take for its end is left out here, so that nobody is named otherwise than they are shown.
 */
export function gitIdentity({ userId, name, email }: Pick<UserFacts, 'userId' | 'name' | 'email'>) {
  const shown = name
    .replaceAll(/[<>\p{C}\s]+/gu, ' ')
    .replaceAll(/^[ .,:;"'\\]+|[ .,:;"'\\]+$/g, '')
    .slice(0, 100);
  const who = shown === '' ? userId : shown;
  const address = email ?? `${userId}@${nowhere}`;
  return {
    GIT_AUTHOR_NAME: who,
    GIT_AUTHOR_EMAIL: address,
    GIT_COMMITTER_NAME: who,
    GIT_COMMITTER_EMAIL: address,
  };
}
