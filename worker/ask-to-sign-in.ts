import type { Notices } from '#core/chat/notices-port.ts';
import type { Person } from '#core/events/types.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';

/** Said again to the same person in the same thread no sooner than after so long. */
const quietMs = 10 * 60_000;

/**
 * Tells the thread that somebody has to sign in at a tool server, and how: the link itself is for their eyes alone, so it
 * is had by asking for it.
 */
export async function askToSignIn(
  server: string,
  { author, session }: { author: Person; session: Pick<SessionFacts, 'sessionId' | 'thread'> },
  { notices, now = Date.now }: { notices: Pick<Notices, 'keep'>; now?: () => number },
): Promise<void> {
  const { sessionId, thread } = session;
  const how = thread.platform === 'console' ? '/signin' : '@deckhand signin';
  await notices.keep({
    key: `sign-in:${sessionId}:${author.userId}:${server}:${Math.floor(now() / quietMs)}`,
    thread,
    text: `${author.name}, I cannot use **${server}** for you: you have not signed in there, or what you signed in with has ended. Write \`${how} ${server}\`, and I give you a link for you alone.`,
  });
}
