import { mustBeFor } from '#core/approvals/answered.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { DeckhandError } from '#core/errors.ts';
import { canonical } from '#core/events/canonical.ts';
import { toEvent } from '#core/events/chain.ts';
import type { LogExport } from '#core/events/export.ts';
import type { EventBodies, Harness, LogEvent } from '#core/events/types.ts';
import { createAgent } from '#worker/agent/agent.ts';
import type { AgentContext, AgentOutcome, Decision } from '#worker/agent/port.ts';
import { contextTurns, pastTurns } from '#worker/past-turns.ts';
import { type Divergence, ReplayJournal } from './replay-journal.ts';

export interface Replayed {
  /** Turns that were gone through and are what the log says. */
  identical: number;
  /** Turns that began or went on under another harness than this version's: only `verify` can speak of them. */
  otherHarness: number;
  divergence: Divergence | null;
}

/**
 * Runs the harness over a session's log again: no model, no network, no sandbox, no writes. Ends at the first
 * divergence.
 */
export async function replaySession(log: LogExport, version: string): Promise<Replayed> {
  const events = log.rows.map(toEvent);
  const result: Replayed = { identical: 0, otherHarness: 0, divergence: null };
  const turns = [...new Set(events.map((event) => event.turnId).filter((turnId) => turnId !== null))];
  for (const [place, turnId] of turns.entries()) {
    const own = events.filter((event) => event.turnId === turnId);
    const started = own.find((event) => event.type === 'turn.started')?.body as
      | EventBodies['turn.started']
      | undefined;
    if (!started) continue;
    if (own.some((event) => event.type === 'harness.changed') || !isOurs(started.harness, version)) {
      result.otherHarness += 1;
      continue;
    }
    const earlier = new Set(turns.slice(Math.max(0, place - contextTurns), place));
    const past = events.filter((event) => event.turnId !== null && earlier.has(event.turnId));
    const journal = new ReplayJournal(turnId, own, log.payloads);
    await replayTurn(own, past, started.harness, journal, version);
    result.divergence = journal.divergence;
    if (result.divergence) return result;
    result.identical += 1;
  }
  return result;
}

/** Would this version begin such a turn with the same harness? The model's name is not ours to repeat. */
function isOurs(recorded: Harness, version: string): boolean {
  const { template, clock, contextSeq } = recorded;
  return canonical(agentFor(recorded, version).harness(template, clock, contextSeq)) === canonical(recorded);
}

function agentFor(harness: Harness, version: string) {
  const noModel = () => {
    throw new Error('a replay asks no model');
  };
  const model = { getResponse: noModel, getStreamedResponse: noModel };
  return createAgent({
    models: { current: harness.model, open: () => model },
    version,
    maxSteps: harness.maxSteps,
  });
}

async function replayTurn(
  own: LogEvent[],
  past: LogEvent[],
  harness: Harness,
  journal: ReplayJournal,
  version: string,
): Promise<void> {
  try {
    const outcome = await agentFor(harness, version).run(contextOf(own, past, harness, journal));
    compareEnd(own, outcome, journal);
  } catch (error) {
    if (!(error instanceof DeckhandError)) throw error;
    if (error.code !== 'turn.diverged') compareFailure(own, error, journal);
  }
}

function contextOf(
  own: LogEvent[],
  past: LogEvent[],
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
    history: pastTurns(past),
    replay: true,
    sandbox: none,
    decision: (callId, fingerprint) => decisionOf(own, callId, fingerprint),
    sendFile: none,
    live: { publish: () => {}, subscribe: async () => async () => {}, close: async () => {} },
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
