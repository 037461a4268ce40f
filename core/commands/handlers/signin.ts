import { DeckhandError } from '#core/errors.ts';
import { signInServers, signInWish } from '#core/mcp/sign-in-wish.ts';
import { mayManageSecret } from '#core/secrets/may-manage.ts';
import { signInLifeMs } from '#core/secrets/sign-ins.ts';
import type { Handler } from '../ports.ts';
import { said } from '../reply.ts';
import { sessionHere } from './thread.ts';

/** A private link to sign in at a tool server of this thread's agent; what comes of it is a secret of one's own. */
export const signin: Handler<'signin'> = async ({ server }, context, deps) => {
  const { userId } = context.person;
  const session = await sessionHere(deps, context);
  const { workspaceId } = session;
  const { template } = await deps.templates.resolve(session.template, { workspaceId, userId });
  if (server === null) {
    const there = signInServers(template).map((name) => `\`signin ${name}\``);
    return said(
      there.length === 0
        ? `Nobody needs to sign in anywhere for ${template.name}, which answers in this thread.`
        : `You can sign in at the tool servers of ${template.name}: ${there.join(', ')}.`,
    );
  }
  const wish = signInWish(server, template, session, userId);
  if (!mayManageSecret(context.person, { user: userId, member: true })) {
    throw new DeckhandError('command.not_allowed', 'You may read here, but have no secrets of your own.', {
      blame: 'policy',
    });
  }
  const where = new URL(wish.url).host;
  // Everybody who is signed in reads the console's threads: the page there asks who it is by itself.
  if (context.surface === 'console') {
    const path = `/l/?${new URLSearchParams({ session: session.sessionId, server })}`;
    return said(`Sign in at ${server} (${where}) on this page, each for themselves: ${deps.pageUrl}${path}`);
  }
  const token = await deps.signIns.create(wish, signInLifeMs);
  const minutes = Math.round(signInLifeMs / 60_000);
  return said(
    `Sign in at ${server} (${where}) by this page: ${deps.pageUrl}/l/${token}\nThe link is for you alone and good for ${minutes} minutes. What it gives me I use for your requests alone, at ${where} alone.`,
  );
};
