import { DeckhandError } from '#core/errors.ts';
import { inviteLifeMs } from '#core/identity/invite-life.ts';
import { mayGiveRole } from '#core/identity/may-govern.ts';
import type { Handler } from '../ports.ts';
import { said } from '../reply.ts';

/** A new person, and a link that signs them in on the page once; whoever asked passes it on. */
export const invite: Handler<'invite'> = async ({ who }, { person, surface }, deps) => {
  if (!mayGiveRole(person, { userId: '', role: 'viewer' }, 'member')) {
    throw new DeckhandError('command.not_allowed', 'Only an administrator invites people.', {
      blame: 'policy',
    });
  }
  // Everybody who is signed in reads the console's threads.
  if (surface === 'console') return said('People are invited on this page, under People.');
  const name = who.replace(/^<?@|>$/g, '');
  const { userId } = await deps.people.add(name, 'member');
  const token = await deps.credentials.createSignInLink(userId, inviteLifeMs);
  await deps.auditLog.append({
    at: new Date().toISOString(),
    by: { userId: person.userId, name: person.name, keyId: null },
    what: 'user.invited',
    status: 200,
    code: null,
    of: { user: userId, role: 'member' },
  });
  const days = inviteLifeMs / (24 * 3600_000);
  return said(
    `${name} is a member now. Pass this link on to them: ${deps.pageUrl}/sign-in?token=${token}\nIt signs them in once, and is good for ${days} days. Who is a member of this place can use me here without it.`,
  );
};
