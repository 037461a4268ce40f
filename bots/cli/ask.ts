import { randomUUID } from 'node:crypto';
import type { presentDocument } from '#bots/http/presenters.ts';
import { DeckhandError } from '#core/errors.ts';
import type { LogEvent } from '#core/events/types.ts';
import { type Approve, answerApproval } from './answer-approval.ts';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

export interface AskOptions {
  thread?: string | undefined;
  /** What to answer when it asks for permission; undefined: ask the person at the terminal. */
  approve?: Approve | undefined;
  json?: boolean | undefined;
  timeoutMs: number;
}

interface Posted {
  thread: string;
  message: {
    content: {
      outcome:
        | { kind: 'accepted'; sessionId: string; turnId: string; ahead: number }
        | { kind: 'refused'; code: string; message: string }
        | null;
    };
  };
}

type Document = ReturnType<typeof presentDocument>;

/**
 * Asks, follows the turn to its end, prints the answer. Gives whether it succeeded.
 * @throws {DeckhandError} `ask.timeout`, or what the instance refuses it with
 */
export async function ask(
  client: Client,
  text: string,
  options: AskOptions,
  terminal: Terminal,
): Promise<boolean> {
  const path = options.thread ? `/v1/threads/${encodeURIComponent(options.thread)}/messages` : '/v1/threads';
  const posted = await client.post<Posted>(path, { text }, { 'idempotency-key': randomUUID() });
  const { outcome } = posted.message.content;
  if (outcome?.kind !== 'accepted') {
    throw new DeckhandError(
      outcome?.code ?? 'ask.not_taken',
      outcome?.message ?? 'It was not taken. Ask again.',
    );
  }
  const { sessionId, turnId, ahead } = outcome;
  if (ahead > 0) terminal.progress(`Queued behind ${ahead}.`);

  await followTurn(client, sessionId, turnId, options, terminal);
  const document = await client.get<Document>(`/v1/turns/${turnId}`);
  terminal.print(options.json ? jsonLine(posted.thread, document) : answerText(document));
  if (!options.json) terminal.progress(document.receiptLine);
  return document.state === 'succeeded';
}

/** Resolves when the turn has ended. */
async function followTurn(
  client: Client,
  sessionId: string,
  turnId: string,
  { approve, timeoutMs }: AskOptions,
  terminal: Terminal,
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const ended = new AbortController();
  const signal = AbortSignal.any([timeout, ended.signal]);
  for await (const { event, data } of client.follow(`/v1/sessions/${sessionId}/stream`, signal)) {
    const logged = data as LogEvent;
    if (event !== 'event' || logged.turnId !== turnId) continue;
    if (logged.type === 'effect.intent' && logged.body.kind !== 'model' && logged.body.kind !== 'post') {
      terminal.progress(logged.body.title);
    }
    if (logged.type === 'approval.opened') {
      await answerApproval(client, logged.body.approvalId, approve, terminal, signal);
    }
    if (logged.type === 'turn.finished' || logged.type === 'turn.cancelled') ended.abort();
  }
  if (!ended.signal.aborted) {
    throw new DeckhandError(
      'ask.timeout',
      `No answer within ${Math.round(timeoutMs / 1000)} s. It goes on: look at ${client.url}, follow it with \`npm run -s deckhand -- events ${sessionId} --follow\`, or end it with \`npm run -s deckhand -- stop ${turnId}\`.`,
    );
  }
}

function answerText({ state, answer, error, stoppedBy }: Document): string {
  if (state === 'cancelled') return `Stopped by ${stoppedBy?.name ?? 'Deckhand'}`;
  return [answer, error?.message].filter(Boolean).join('\n\n');
}

function jsonLine(thread: string, document: Document): string {
  const { sessionId: session, turnId: turn, state, error } = document;
  const steps = document.steps.map(({ kind, title, state, exitCode, output, ms }) => ({
    kind,
    title,
    state,
    exitCode,
    output,
    ms,
  }));
  const failed = error ? { error } : {};
  return JSON.stringify({ session, thread, turn, state, answer: answerText(document), steps, ...failed });
}
