import type { TurnDocument } from '#core/chat/document.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import { DeckhandError } from '#core/errors.ts';
import { may } from '#core/identity/roles.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import type { CommandContext, CommandDeps, Handler } from '../ports.ts';
import { refused, said } from '../reply.ts';

/** The session of the context's thread; whoever gives a command there is in it. @throws when there is none */
export async function sessionHere({ sessions }: CommandDeps, context: CommandContext): Promise<SessionFacts> {
  const session = await sessions.byThread(context.thread);
  if (session) return session;
  throw new DeckhandError(
    'command.no_session',
    'I have done nothing in this thread yet. Ask me something first.',
    {
      blame: 'asker',
    },
  );
}

export async function lastDocument(deps: CommandDeps, sessionId: string): Promise<TurnDocument> {
  const turn = await deps.turns.latest(sessionId);
  const [document] = turn ? foldDocuments(await deps.sessions.turnEvents(turn.turnId)) : [];
  if (!document)
    throw new DeckhandError('command.no_turn', 'Nobody has asked me anything in this thread yet.', {
      blame: 'asker',
    });
  return document;
}

const doing = { queued: 'Queued', running: 'At work on', waiting: 'Waiting for an answer, at' };

export const status: Handler<'status'> = async (_command, context, deps) => {
  const session = await sessionHere(deps, context);
  const [current, waiting] = await Promise.all([
    deps.turns.current(session.sessionId),
    deps.turns.queued(session.sessionId, 100),
  ]);
  if (!current) return said('Nothing runs in this thread.');
  const [document] = foldDocuments(await deps.sessions.turnEvents(current.turnId));
  const step = document?.steps.findLast(({ state }) => state === 'running' || state === 'asking');
  const state = current.state as keyof typeof doing;
  const behind = waiting.filter(({ turnId }) => turnId !== current.turnId).length;
  return said(
    [
      `${doing[state]}: ${line(current.text)}`,
      ...(step ? [`Just now: ${step.title} (${document?.steps.length} steps so far)`] : []),
      ...(current.stopRequested ? ['It has been asked to stop.'] : []),
      ...(behind > 0 ? [`${behind} more ${behind === 1 ? 'request waits' : 'requests wait'}: queue`] : []),
    ].join('\n'),
  );
};

export const stop: Handler<'stop'> = async (_command, context, deps) => {
  const session = await sessionHere(deps, context);
  if (!may(context.person.role, 'stop')) throw notYours('stop anything');
  const current = await deps.turns.current(session.sessionId);
  const asked = current && (await askedAt(deps, current.turnId));
  if (asked && asked >= context.sentAt) return said('What runs here was asked after that.');
  const by = { userId: context.person.userId, name: context.person.name };
  const state = current && (await deps.turns.stop(current.turnId, by));
  if (!current || !state) return refused('Nothing runs in this thread, so there is nothing to stop.');
  const { sessionId, turnId } = current;
  deps.live.publish({ kind: 'events', sessionId });
  if (state === 'stopping') deps.live.publish({ kind: 'stop', sessionId, turnId });
  else await deps.bell.ring(sessionId);
  return said(state === 'stopping' ? 'Asked to stop; it ends in a moment.' : 'Stopped.');
};

async function askedAt({ sessions }: CommandDeps, turnId: string): Promise<Date | null> {
  const [submitted] = await sessions.turnEvents(turnId);
  return submitted?.type === 'turn.submitted' ? new Date(submitted.body.sentAt) : null;
}

export const retry: Handler<'retry'> = async (_command, context, deps) => {
  const session = await sessionHere(deps, context);
  const last = await deps.turns.latest(session.sessionId);
  if (!last)
    throw new DeckhandError('command.no_turn', 'There is no request in this thread to repeat.', {
      blame: 'asker',
    });
  const { files } = await lastDocument(deps, session.sessionId);
  const outcome = await deps.ask(context, { text: last.text, where: 'here', files });
  if (outcome.kind === 'refused') throw new DeckhandError(outcome.code, outcome.message, { blame: 'asker' });
  return said(`Asked again: ${line(last.text)}`);
};

export const begin: Handler<'new'> = async ({ text }, context, deps) => {
  const outcome = await deps.ask(context, { text, where: 'fresh' });
  if (outcome.kind === 'refused') throw new DeckhandError(outcome.code, outcome.message, { blame: 'asker' });
  return said('Asked in a new thread.');
};

export const receipt: Handler<'receipt'> = async (_command, context, deps) => {
  const session = await sessionHere(deps, context);
  const { receipt, steps } = await lastDocument(deps, session.sessionId);
  const hosts = receipt.hosts.map(
    ({ host, requests, bytes }) => `- ${host}: ${requests} requests, ${bytes} bytes`,
  );
  const acts = steps.map(({ title, state }) => `- ${title} (${state})`);
  return said(
    [receiptLine(receipt), ...hosts, ...acts, `Check it: \`deckhand verify ${session.sessionId}\``].join(
      '\n',
    ),
  );
};

const marks = { running: '◐', done: '✓', failed: '✗', interrupted: '⚡', asking: '✋', denied: '✗' };

export const details: Handler<'details'> = async (_command, context, deps) => {
  const session = await sessionHere(deps, context);
  const { steps, text } = await lastDocument(deps, session.sessionId);
  if (steps.length === 0) return said(`No steps yet: ${line(text)}`);
  const lines = steps.map(
    ({ state, title, ms }) =>
      `${marks[state]} ${title}${ms === null ? '' : ` (${(ms / 1000).toFixed(1)} s)`}`,
  );
  return said([`**${line(text)}**`, ...lines].join('\n'));
};

export function notYours(what: string): DeckhandError {
  return new DeckhandError(
    'command.not_allowed',
    `You may not ${what} here. An administrator can change that.`,
    { blame: 'policy' },
  );
}

/** The first line of a request, cut for a list. */
export function line(text: string): string {
  const first = text.trim().split('\n', 1)[0] ?? '';
  return first.length > 100 ? `${first.slice(0, 99).toWellFormed()}…` : first;
}
