import { mustBeFor } from '#core/approvals/answered.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { DeckhandError } from '#core/errors.ts';
import { toEvent } from '#core/events/chain.ts';
import { erasuresIn } from '#core/events/erasure.ts';
import type { LogExport } from '#core/events/export.ts';
import type { EventBodies, Harness, LogEvent } from '#core/events/types.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { pastOf } from '#worker/agent/context/told.ts';
import { canReplay } from '#worker/agent/harness.ts';
import type { AgentContext, AgentOutcome, Decision } from '#worker/agent/port.ts';
import { contextTurns, pastTurns } from '#worker/past-turns.ts';
import { type Divergence, ReplayJournal } from './replay-journal.ts';

export interface Replayed {
  /** Turns that were gone through and are what the log says. */
  identical: number;
  /** Turns that began or went on under another harness than this version's: only `verify` can speak of them. */
  otherHarness: number;
  /** Turns whose words, or what they were told, were erased on request: there is nothing left to go through. */
  erased: number;
  divergence: Divergence | null;
}

/** How many turns were passed over for that; for people. */
export const erasedTurns = (count: number): string =>
  count === 1 ? '1 turn was erased on request' : `${count} turns were erased on request`;

/**
 * Runs the harness over a session's log again: no model, no network, no sandbox, no writes. Ends at the first
 * divergence.
 */
export async function replaySession(log: LogExport, version: string): Promise<Replayed> {
  const events = log.rows.map(toEvent);
  const result: Replayed = { identical: 0, otherHarness: 0, erased: 0, divergence: null };
  const erased = erasuresIn(log.rows, 'rows');
  const turns = [...new Set(events.map((event) => event.turnId).filter((turnId) => turnId !== null))];
  for (const [place, turnId] of turns.entries()) {
    const own = events.filter((event) => event.turnId === turnId);
    const started = own.find((event) => event.type === 'turn.started')?.body as
      | EventBodies['turn.started']
      | undefined;
    if (!started) continue;
    if (own.some(({ seq }) => erased.has(seq))) {
      result.erased += 1;
      continue;
    }
    if (own.some((event) => event.type === 'harness.changed') || !canReplay(started.harness, version)) {
      result.otherHarness += 1;
      continue;
    }
    const past = pastFrom(events, turns.slice(0, place), turnId);
    const journal = new ReplayJournal(turnId, own, log.payloads);
    await replayTurn(own, past, started.harness, journal, version);
    result.divergence = journal.divergence;
    if (result.divergence) return result;
    result.identical += 1;
  }
  return result;
}

function agentFor(version: string) {
  const noModel = () => {
    throw new Error('a replay asks no model');
  };
  const models = { order: [{ provider: '', name: '', api: '' }] as const, has: () => true };
  return createAgent({ models: { ...models, choose: noModel, provider: noModel }, version });
}

type ReplayedPast = Pick<AgentContext, 'past' | 'history'>;

/**
 * What a turn was told of the thread: by rule 1 of the turns that were asked for before it; since turns can change places
 * in the queue, of those that had ended when it began.
 */
function pastFrom(events: LogEvent[], earlier: string[], turnId: string): ReplayedPast {
  const began = events.findIndex((event) => event.type === 'turn.started' && event.turnId === turnId);
  const ended = events
    .slice(0, began)
    .flatMap((event) => (event.type === 'turn.finished' && event.turnId ? [event.turnId] : []));
  const among = (turns: string[]) => {
    const wanted = new Set(turns);
    return events.filter((event) => event.turnId !== null && wanted.has(event.turnId));
  };
  return {
    past: async () => pastOf(among(ended)),
    history: async () => pastTurns(among(earlier.slice(-contextTurns))),
  };
}

async function replayTurn(
  own: LogEvent[],
  past: ReplayedPast,
  harness: Harness,
  journal: ReplayJournal,
  version: string,
): Promise<void> {
  try {
    const outcome = await agentFor(version).run(contextOf(own, past, harness, journal));
    compareEnd(own, outcome, journal);
  } catch (error) {
    if (!(error instanceof DeckhandError)) throw error;
    if (error.code !== 'turn.diverged') compareFailure(own, error, journal);
  }
}

function contextOf(
  own: LogEvent[],
  past: ReplayedPast,
  harness: Harness,
  journal: ReplayJournal,
): AgentContext {
  const [asked] = foldDocuments(own);
  if (!asked) throw new DeckhandError('export.incomplete', 'a turn of this log has no beginning');
  const none = () => Promise.reject(new Error('a replay touches nothing'));
  return {
    sessionId: asked.sessionId,
    turnId: asked.turnId,
    harness,
    journal,
    author: asked.author,
    text: asked.text,
    files: asked.files,
    quoted: asked.quoted,
    ...past,
    replay: true,
    sandbox: none,
    readSkill: none,
    decision: (callId, fingerprint) => decisionOf(own, callId, fingerprint),
    sendFile: none,
    live: {
      publish: () => {},
      subscribe: async () => async () => {},
      onStop: async () => async () => {},
      close: async () => {},
    },
    readThread: none,
    servers: { call: none },
    schedules: { list: none, save: none, remove: none },
    steers: { waiting: none, take: none },
    signal: new AbortController().signal,
    limits: { commandTimeoutMs: 0 },
  };
}

function decisionOf(own: LogEvent[], callId: string, fingerprint: string | null): Decision | null {
  const decided = own.find((event) => event.type === 'approval.decided' && event.key === callId);
  if (decided?.type !== 'approval.decided') return null;
  const asked = own.find((event) => event.type === 'approval.opened' && event.key === callId);
  if (asked?.type === 'approval.opened') mustBeFor(asked.body.fingerprint, fingerprint);
  return { granted: decided.body.state === 'granted', by: decided.body.by?.name ?? null };
}

/** The replay came to an outcome: it must be the recorded one, with nothing left out on the way. */
function compareEnd(own: LogEvent[], outcome: AgentOutcome, journal: ReplayJournal): void {
  const finished = own.find((event) => event.type === 'turn.finished')?.body as
    | EventBodies['turn.finished']
    | undefined;
  const recorded = !finished
    ? 'waiting'
    : finished.state === 'succeeded'
      ? `answer: ${finished.answer}`
      : finished.state;
  const found = outcome.kind === 'finished' ? `answer: ${outcome.answer}` : 'waiting';
  // A turn that was stopped or failed outside of its effects may have had more to say.
  const cut = finished?.state !== 'succeeded';
  if (recorded !== found && !cut) journal.diverge('turn', recorded, found);
  const [left] = journal.unseen();
  if (left !== undefined && !cut) journal.diverge(left, 'an effect', 'nothing');
}

/** The replay ended with an error: fine where the log ends, and where the turn failed with the same one. */
function compareFailure(own: LogEvent[], error: DeckhandError, journal: ReplayJournal): void {
  const finished = own.find((event) => event.type === 'turn.finished')?.body as
    | EventBodies['turn.finished']
    | undefined;
  if (finished?.state === 'succeeded') journal.diverge('turn', 'succeeded', `failed: ${error.code}`);
  const recorded = finished?.error?.code;
  if (error.code === 'replay.log_ends' || recorded === undefined || recorded === error.code) return;
  journal.diverge('turn', `failed: ${recorded}`, `failed: ${error.code}`);
}
