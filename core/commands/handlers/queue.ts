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
  const turn = waiting[action.place - 1];
  if (!turn) return refused(`There is no number ${action.place} in the queue. ${listed(waiting)}`);
  if (action.kind === 'cancel') return await takeBack(turn, context, deps);
  if (action.kind === 'edit') return await reword(turn, action.text, context, deps);
  return await move(turn, action.to, context, deps);
};

/** Words are their author's: nobody else changes them. */
async function reword(
  turn: TurnFacts,
  text: string,
  { person }: CommandContext,
  deps: CommandDeps,
): Promise<CommandReply> {
  if (turn.authorId !== person.userId) throw notYours("change somebody else's request");
  const done = await deps.turns.editQueued(turn.turnId, text, person.userId);
  if (!done) return refused('Nothing was changed: it says that already, or it has begun meanwhile.');
  deps.live.publish({ kind: 'events', sessionId: turn.sessionId });
  return said(`It now says: ${line(text)}`);
}

/** One's own requests change places among themselves and fall behind others'; past others' an administrator moves them. */
async function move(
  turn: TurnFacts,
  to: number,
  { person }: CommandContext,
  deps: CommandDeps,
): Promise<CommandReply> {
  const administers = may(person.role, 'administer');
  if (turn.authorId !== person.userId && !administers) throw notYours("move somebody else's request");
  const { userId, name } = person;
  const moved = await deps.turns.move(turn.turnId, to, { userId, name }, administers);
  if (moved === null) return refused('It has begun meanwhile. `stop` stops it.');
  if (moved === 'others') throw notYours("move a request past somebody else's");
  deps.live.publish({ kind: 'events', sessionId: turn.sessionId });
  await deps.bell.ring(turn.sessionId);
  return said(listed(await deps.turns.queued(turn.sessionId, 1_000)));
}

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
