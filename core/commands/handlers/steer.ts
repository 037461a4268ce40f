import { DeckhandError } from '#core/errors.ts';
import type { Handler } from '../ports.ts';
import { said } from '../reply.ts';
import { line, notYours, sessionHere } from './thread.ts';

/**
 * Says something to what runs. The words are queued first, as every message is, so that they are not lost should the
 * turn end meanwhile; who may not steer is told so before that, and nothing is queued.
 */
export const steer: Handler<'steer'> = async ({ text }, context, deps) => {
  const { userId, name } = context.person;
  const session = await sessionHere(deps, context);
  const running = await deps.steers.running(session.sessionId);
  if (running && running.author.userId !== userId) {
    throw notYours(
      `steer what ${running.author.name} asked for; send it as a message and it runs after that`,
    );
  }
  const outcome = await deps.ask(context, { text, where: 'here' });
  if (outcome.kind === 'refused') throw new DeckhandError(outcome.code, outcome.message, { blame: 'asker' });
  if (outcome.kind === 'not_addressed') throw new TypeError('a steering message was not taken as a request');
  try {
    const { waits } = await deps.steers.ask(outcome.turnId, { userId, name });
    deps.live.publish({ kind: 'events', sessionId: session.sessionId });
    return said(`It is told ${waits ? 'once my question is answered' : 'at the next step'}: ${line(text)}`);
  } catch (error) {
    // It is queued all the same: what ran has ended, or is being stopped, or heard this already.
    if (error instanceof DeckhandError && error.code.startsWith('steer.'))
      return said(`Nothing runs that could be told this, so it is your next request: ${line(text)}`);
    throw error;
  }
};
