import { mayDecide } from '#core/approvals/may-decide.ts';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import { DeckhandError } from '#core/errors.ts';
import type { CommandContext, CommandDeps, Handler } from '../ports.ts';
import { type CommandReply, refused, said } from '../reply.ts';
import { line, sessionHere } from './thread.ts';

export const approve: Handler<'approve'> = ({ scope, approvalId }, context, deps) =>
  answer(approvalId, { grant: true, scope }, context, deps);

export const deny: Handler<'deny'> = ({ approvalId }, context, deps) =>
  answer(approvalId, { grant: false, scope: 'once' }, context, deps);

/** Words answer a question only when it is clear which: the only open one, or the one that is named (I7). */
async function answer(
  approvalId: string | null,
  decision: { grant: boolean; scope: 'once' | 'thread' },
  context: CommandContext,
  deps: CommandDeps,
): Promise<CommandReply> {
  const session = await sessionHere(deps, context);
  const current = await deps.turns.current(session.sessionId);
  const all = current ? await deps.approvals.ofTurn(current.turnId) : [];
  const open = all.filter(({ state }) => state === 'open');
  const named = approvalId === null ? open : all.filter((one) => one.approvalId === approvalId);
  const [approval, ...others] = named;
  if (!approval) return refused('I ask nothing in this thread just now.');
  if (others.length > 0)
    return refused(`I ask more than one thing. Say which:\n${named.map(choice).join('\n')}`);
  const { person } = context;
  if (!mayDecide(person, approval)) {
    throw new DeckhandError(
      'approval.not_yours',
      'You cannot answer this: only the person who asked for the turn, or an administrator, can.',
      { blame: 'policy' },
    );
  }
  const by = { userId: person.userId, name: person.name };
  const decided = await deps.approvals.decide(approval.approvalId, {
    ...decision,
    by,
    revision: approval.revision,
  });
  if (!decided?.changed) {
    const who = decided?.now.decidedBy?.name;
    return refused(
      `This is already ${decided?.now.state ?? 'gone'}${who ? ` by ${who}` : ''}. Your answer changed nothing.`,
    );
  }
  deps.live.publish({ kind: 'events', sessionId: session.sessionId });
  await deps.bell.ring(session.sessionId);
  return said(`${decision.grant ? 'Allowed' : 'Denied'}: ${line(approval.request.subject)}`);
}

function choice({ approvalId, request }: ApprovalFacts): string {
  return `- ${request.title}: ${line(request.subject)} · \`approve ${approvalId}\` or \`deny ${approvalId}\``;
}
