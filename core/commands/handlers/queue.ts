import { may } from '#core/identity/roles.ts';
import type { TurnFacts } from '#core/turns/ports.ts';
import type { CommandContext, CommandDeps, Handler } from '../ports.ts';
import { type CommandReply, refused, said } from '../reply.ts';
import { line, notYours, sessionHere } from './thread.ts';

const shown = 20;

/** What waits in a thread. Whose it is not may be taken back by administrators only. */
export const queue: Handler<'queue'> = async ({ action }, context, deps) => {
  const session = await sessionHere(deps, context);
  const waiting = await deps.turns.queued(session.sessionId, 1_000);
  if (action.kind === 'list') return said(listed(waiting));
  if (action.kind !== 'cancel') {
    return refused(
      'A place in the queue cannot be changed by a command yet. Edit or delete the message itself, or `queue cancel N` and ask again.',
    );
  }
  const turn = waiting[action.place - 1];
  if (!turn) return refused(`There is no number ${action.place} in the queue. ${listed(waiting)}`);
  return await takeBack(turn, context, deps);
};

export const cancel: Handler<'cancel'> = async (_command, context, deps) => {
  const session = await sessionHere(deps, context);
  const waiting = await deps.turns.queued(session.sessionId, 1_000);
  const mine = waiting.findLast(({ authorId }) => authorId === context.person.userId);
  if (!mine) return refused('None of your requests waits in this thread. `stop` stops what runs.');
  return await takeBack(mine, context, deps);
};

async function takeBack(
  turn: TurnFacts,
  { person }: CommandContext,
  deps: CommandDeps,
): Promise<CommandReply> {
  if (turn.authorId !== person.userId && !may(person.role, 'administer'))
    throw notYours("take back somebody else's request");
  const { userId, name } = person;
  const done = await deps.turns.cancelQueued(turn.turnId, { userId, name }, 'stopped');
  if (!done) return refused('It has begun meanwhile. `stop` stops it.');
  deps.live.publish({ kind: 'events', sessionId: turn.sessionId });
  await deps.bell.ring(turn.sessionId);
  return said(`Taken back: ${line(turn.text)}`);
}

function listed(waiting: TurnFacts[]): string {
  if (waiting.length === 0) return 'Nothing waits in this thread.';
  const lines = waiting.slice(0, shown).map(({ text }, index) => `${index + 1}. ${line(text)}`);
  const more = waiting.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
