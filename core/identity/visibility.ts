import type { Platform } from '#core/chat/thread-ref.ts';
import type { UserFacts } from './ports.ts';

/**
 * May this person know that a session exists? The console's threads belong to everybody who is signed in; what was
 * said on a platform is for its owner there and for administrators. Whoever may not know is told "not found".
 */
export function maySee(
  person: Pick<UserFacts, 'userId' | 'role'>,
  session: { thread: { platform: Platform }; ownerId: string },
): boolean {
  if (person.role === 'owner' || person.role === 'admin') return true;
  return session.thread.platform === 'console' || session.ownerId === person.userId;
}
