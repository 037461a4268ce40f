import { maySee } from '#core/identity/visibility.ts';
import type { Handler } from '../ports.ts';
import { said } from '../reply.ts';

export const feedback: Handler<'feedback'> = async ({ text }, context, deps) => {
  const { person, surface, messageId } = context;
  const session = await deps.sessions.byThread(context.thread);
  const sessionId = session && maySee(person, session) ? session.sessionId : null;
  await deps.feedback.add({ message: `${surface}/${messageId}`, userId: person.userId, sessionId, text });
  return said('Thank you. It is kept, with your name, for the people who run me.');
};
