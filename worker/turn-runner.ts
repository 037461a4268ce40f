import type { ApprovalFacts, Approvals } from '#core/approvals/ports.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Appender } from '#core/events/appender.ts';
import { fingerprint } from '#core/events/canonical.ts';
import { TurnJournal } from '#core/events/journal.ts';
import type { EventBodies, Harness, LogEvent } from '#core/events/types.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Claim, Claims } from '#core/turns/ports.ts';
import type { FinalState } from '#core/turns/state.ts';
import type { Agent, AgentOutcome, Ask, PastTurn } from './agent/port.ts';
import type { Sandboxes } from './sandbox/port.ts';
import { openTurnSandbox } from './turn-sandbox.ts';
import { type Watch, watchClaim } from './watch-claim.ts';

export interface RunnerDeps {
  agent: Agent;
  sandboxes: Sandboxes;
  claims: Claims;
  approvals: Approvals;
  sessions: Sessions;
  appender: Appender;
  blobs: Blobs;
  files: Files;
  bell: Bell;
  live: Live;
  log: Log;
  limits: { commandTimeoutMs: number; approvalLifeMs: number; maxFileBytes: number };
}

/** Turns of a session that the agent is told about. */
const contextTurns = 20;
/** A turn that takes its worker down this often without getting any further is ended. */
const maxFruitlessCrashes = 5;
const noUsage = { requests: 0, inputTokens: 0, outputTokens: 0 };

/**
 * Runs a claimed turn until it ends, waits, or is given back; never throws. Whatever happens, the turn is left in a
 * state that its thread shows.
 */
export async function runTurn(claim: Claim, deps: RunnerDeps, shutdown: AbortSignal): Promise<void> {
  const log = deps.log.child({ session: claim.sessionId, turn: claim.turnId, epoch: claim.epoch });
  const watch = watchClaim(claim, deps, shutdown);
  let journal: TurnJournal | null = null;
  try {
    const events = await deps.sessions.turnEvents(claim.turnId);
    journal = new TurnJournal(claim, events, {
      appender: deps.appender,
      payloads: deps.blobs,
      now: () => new Date(),
    });
    if (fruitlessCrashes(events) >= maxFruitlessCrashes) throw crashedOften();
    const outcome = await runAgent(claim, events, journal, deps, watch);
    await journal.flushed();
    if (outcome.kind === 'waiting') await wait(claim, outcome.asks, deps);
    else
      await finish(claim, 'succeeded', { answer: outcome.answer, error: null, usage: outcome.usage }, deps);
  } catch (error) {
    await settleFailure(claim, journal, watch.ended() ?? error, deps, log);
  } finally {
    watch.stop();
    deps.live.publish({ kind: 'events', sessionId: claim.sessionId });
  }
}

async function runAgent(
  claim: Claim,
  events: LogEvent[],
  journal: TurnJournal,
  deps: RunnerDeps,
  watch: Watch,
): Promise<AgentOutcome> {
  const [asked] = foldDocuments(events);
  if (!asked) throw new DeckhandError('turn.broken', 'The log of this turn has no beginning.');
  const [earlier, decided, session] = await Promise.all([
    deps.sessions.recentEvents(claim.sessionId, contextTurns, claim.turnId),
    deps.approvals.ofTurn(claim.turnId),
    deps.sessions.byId(claim.sessionId),
  ]);
  const harness = await beginOrResume(claim, events, journal, () =>
    deps.agent.harness(session?.template ?? 'assistant', new Date().toISOString(), session?.headSeq ?? 0),
  );
  deps.live.publish({ kind: 'events', sessionId: claim.sessionId });

  const sandbox = openTurnSandbox(claim, asked.author.userId, asked.files, deps, watch.signal);
  return deps.agent.run({
    sessionId: claim.sessionId,
    turnId: claim.turnId,
    harness,
    journal,
    author: asked.author,
    text: asked.text,
    files: asked.files,
    history: pastTurns(earlier),
    sandbox,
    decision: (callId) => decisionOn(decided, callId),
    sendFile: async (name, mediaType, content) => {
      const { hash, size } = await deps.blobs.put(content, deps.limits.maxFileBytes);
      const file = await deps.files.add({ name, mediaType, size, blob: hash }, 'out', asked.author.userId);
      await journal.append('file.sent', { file });
      return file;
    },
    live: deps.live,
    signal: watch.signal,
    limits: { commandTimeoutMs: deps.limits.commandTimeoutMs },
  });
}

/** The turn's first event fixes the harness; every later claim says why it came and what it found in doubt. */
async function beginOrResume(
  claim: Claim,
  events: LogEvent[],
  journal: TurnJournal,
  makeHarness: () => Harness,
): Promise<Harness> {
  const started = events.find((event) => event.type === 'turn.started');
  if (!started) {
    const harness = makeHarness();
    await journal.append('turn.started', { harness, worker: claim.workerId });
    return harness;
  }
  const { done, inDoubt } = journal.standing();
  const reason = hasAnswerSinceWait(events) ? 'answered' : 'crash';
  await journal.append('turn.resumed', { reason, worker: claim.workerId, done, cut: inDoubt });
  return (started.body as EventBodies['turn.started']).harness;
}

function hasAnswerSinceWait(events: LogEvent[]): boolean {
  const last = events.findLast((event) =>
    ['turn.waiting', 'turn.resumed', 'turn.started'].includes(event.type),
  );
  return last?.type === 'turn.waiting';
}

function fruitlessCrashes(events: LogEvent[]): number {
  let crashes = 0;
  for (const event of events) {
    if (event.type === 'effect.receipt') crashes = 0;
    if (event.type === 'turn.resumed' && event.body.reason === 'crash') crashes += 1;
  }
  return crashes;
}

function crashedOften(): DeckhandError {
  return new DeckhandError(
    'turn.crashed_often',
    `I was cut off ${maxFruitlessCrashes} times at the same place and gave up. An administrator finds the cause in the worker's log.`,
  );
}

function pastTurns(events: LogEvent[]): PastTurn[] {
  return foldDocuments(events)
    .filter((document) => document.answer)
    .map(({ author, text, answer }) => ({ author, text, answer: answer ?? '' }));
}

function decisionOn(approvals: ApprovalFacts[], callId: string): { granted: boolean; by: string } | null {
  const approval = approvals.find((candidate) => candidate.effectKey === callId);
  if (!approval || approval.state === 'open') return null;
  if (approval.state === 'expired') return { granted: false, by: 'nobody in time' };
  return { granted: approval.state === 'granted', by: approval.decidedBy?.name ?? 'somebody' };
}

/** Opens the questions, answers those that were granted for the whole thread, and lets go of the turn. */
async function wait(claim: Claim, asks: Ask[], deps: RunnerDeps): Promise<void> {
  const opened: string[] = [];
  for (const { callId, request } of asks) {
    const subject = fingerprint({ kind: request.kind, subject: request.subject });
    const { approvalId, authorId, revision, state } = await deps.approvals.open(
      claim,
      callId,
      subject,
      request,
      deps.limits.approvalLifeMs,
    );
    opened.push(approvalId);
    const standing =
      state === 'open' ? await deps.approvals.grantedInThread(claim.sessionId, authorId, subject) : null;
    if (standing?.decidedBy) {
      await deps.approvals.decide(approvalId, {
        grant: true,
        scope: 'thread',
        by: standing.decidedBy,
        revision,
      });
    }
  }
  if (await deps.claims.wait(claim, opened)) await deps.bell.ring(claim.sessionId);
}

async function finish(
  claim: Claim,
  state: FinalState,
  result: Omit<EventBodies['turn.finished'], 'state'>,
  deps: RunnerDeps,
): Promise<void> {
  await deps.sandboxes
    .endTurn(claim.sessionId)
    .catch((error) => deps.log.warn({ err: error }, 'sandbox not tidied'));
  if (await deps.claims.finish(claim, state, { state, ...result })) await deps.bell.ring(claim.sessionId);
}

/** Every way in which a run ends without an outcome has one known state. */
async function settleFailure(
  claim: Claim,
  journal: TurnJournal | null,
  cause: unknown,
  deps: RunnerDeps,
  log: Log,
): Promise<void> {
  try {
    if (cause === 'fenced' || (cause instanceof DeckhandError && cause.code === 'turn.fenced')) {
      log.warn('another worker has taken over');
    } else if (cause === 'shutdown') {
      await deps.claims.release(claim);
    } else if (cause === 'stopped') {
      await journal?.settleOpen();
      await finish(claim, 'cancelled', { answer: '', error: null, usage: noUsage }, deps);
    } else {
      log.error({ err: cause }, 'turn failed');
      await journal?.settleOpen();
      await finish(claim, 'failed', { answer: '', error: wordsFor(cause), usage: noUsage }, deps);
    }
  } catch (error) {
    log.error({ err: error }, 'turn could not be settled; it is given back');
    await giveBack(claim, deps, log);
  }
}

function wordsFor(cause: unknown): { code: string; message: string } {
  if (cause instanceof DeckhandError) return { code: cause.code, message: cause.message };
  const message =
    "Something in me broke while I worked on this. An administrator finds the cause in the worker's log.";
  return { code: 'turn.broken', message };
}

/** The database did not take the end of the turn: hand the claim back as soon as it answers again. */
async function giveBack(claim: Claim, deps: RunnerDeps, log: Log): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    try {
      await deps.claims.release(claim);
      await deps.bell.ring(claim.sessionId);
      return;
    } catch (error) {
      if (error instanceof DeckhandError && error.code === 'turn.fenced') return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  log.error('gave up returning the turn');
}
