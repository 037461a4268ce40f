import { DeckhandError } from '#core/errors.ts';
import { linkLifeMs } from '#core/secrets/link-life.ts';
import { mayManageSecret } from '#core/secrets/may-manage.ts';
import type { Handler } from '../ports.ts';
import { said } from '../reply.ts';

/** A one-time link to the page where values are typed; nobody types one into chat (I5). */
export const secrets: Handler<'secrets'> = async (
  _command,
  { person, surface },
  { secretLinks, pageUrl },
) => {
  const { userId, workspaceId } = person;
  if (!mayManageSecret(person, { user: userId, member: true })) {
    throw new DeckhandError('command.not_allowed', 'You may read here, but have no secrets of your own.', {
      blame: 'policy',
    });
  }
  // Everybody who is signed in reads the console's threads, and is on the page already.
  if (surface === 'console')
    return said('Your secrets are set on this page, under Secrets. Never write one here.');
  const token = await secretLinks.create({ userId, workspaceId }, linkLifeMs);
  const minutes = Math.round(linkLifeMs / 60_000);
  return said(
    `Enter your secrets on this page: ${pageUrl}/s/${token}\nThe link is for you alone, works once, and for ${minutes} minutes. Never write a secret into chat.`,
  );
};
