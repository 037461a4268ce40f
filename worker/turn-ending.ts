import type { Approvals } from '#core/approvals/ports.ts';
import { DeckhandError } from '#core/errors.ts';
import { fenced } from '#core/events/appender.ts';
import type { TurnJournal } from '#core/events/journal.ts';
import type { EventBodies } from '#core/events/types.ts';
import { isOutage } from '#core/infra/outage.ts';
import type { Bell } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { Claim, Claims } from '#core/turns/ports.ts';
import type { FinalState } from '#core/turns/state.ts';
import type { Ask } from './agent/port.ts';
import type { Sandboxes } from './sandbox/port.ts';
import { closeDoor, type WayOut } from './turn-door.ts';

interface EndingDeps {
  approvals: Approvals;
  claims: Claims;
  sandboxes: Sandboxes;
  way?: WayOut | null;
  bell: Bell;
  log: Log;
  limits: { approvalLifeMs: number };
}

const noUsage = { requests: 0, inputTokens: 0, outputTokens: 0 };

/** Opens the questions, answers those that were granted for the whole thread, and lets go of the turn. */
export async function wait(claim: Claim, asks: Ask[], deps: EndingDeps): Promise<void> {
  const opened: string[] = [];
  for (const { callId, request, fingerprint } of asks) {
    const { approvalId, authorId, revision, state } = await deps.approvals.open(
      claim,
      callId,
      fingerprint,
      request,
      deps.limits.approvalLifeMs,
    );
    opened.push(approvalId);
    const standing =
      state === 'open' ? await deps.approvals.grantedInThread(claim.sessionId, authorId, fingerprint) : null;
    if (standing?.decidedBy) {
      await deps.approvals.decide(approvalId, {
        grant: true,
        scope: 'thread',
        by: standing.decidedBy,
        revision,
      });
    }
  }
  // A turn may wait for days: nothing of it runs on meanwhile, unseen.
  await tidy(claim, deps);
  if (await deps.claims.wait(claim, opened)) await deps.bell.ring(claim.sessionId);
}

/** Ends the turn. `saves`: its template wants the workspace saved first, for other hosts. */
export async function finish(
  claim: Claim,
  state: FinalState,
  result: Omit<EventBodies['turn.finished'], 'state'>,
  deps: EndingDeps,
  saves = false,
): Promise<void> {
  await tidy(claim, deps);
  // Before the next turn can change it. What could not be saved is still on this host.
  if (saves)
    await deps.sandboxes
      .save(claim.sessionId)
      .catch((error) => deps.log.warn({ err: error }, 'the workspace was not saved for other hosts'));
  // The slot that is free now claims at once: were anybody else free, nothing but this turn's successor could wait.
  await deps.claims.finish(claim, state, { state, ...result });
}

/** Ends what the turn left running in its sandbox. @throws {DeckhandError} `turn.fenced` */
async function tidy(claim: Claim, deps: EndingDeps): Promise<void> {
  // A worker that wakes as a zombie must not sweep away what another one runs in this session by now (I8).
  if (!(await deps.claims.standing(claim)).held) throw fenced();
  await deps.sandboxes
    .endTurn(claim.sessionId, claim.epoch)
    .catch((error) => deps.log.warn({ err: error }, 'sandbox not tidied'));
  // After the processes are gone and before the seal, which then covers all that went out.
  if (deps.way) await closeDoor(claim, deps.way, deps.log);
}

/** Every way in which a run ends without an outcome has one known state. */
export async function settleFailure(
  claim: Claim,
  journal: TurnJournal | null,
  cause: unknown,
  deps: EndingDeps,
  log: Log,
  saves: boolean,
): Promise<void> {
  try {
    if (cause === 'fenced' || (cause instanceof DeckhandError && cause.code === 'turn.fenced')) {
      log.warn('another worker has taken over');
    } else if (cause === 'shutdown') {
      await deps.claims.release(claim);
    } else if (isOutage(cause)) {
      // Nothing is wrong with the turn: it goes on from its journal when the database is back.
      log.warn({ err: cause }, 'the database is away');
      await giveBack(claim, deps, log);
    } else if (cause === 'stopped') {
      await journal?.settleOpen();
      await finish(claim, 'cancelled', { answer: '', error: null, usage: noUsage }, deps, saves);
    } else {
      log.error({ err: cause }, 'turn failed');
      await journal?.settleOpen();
      await finish(claim, 'failed', { answer: '', error: wordsFor(cause), usage: noUsage }, deps, saves);
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
async function giveBack(claim: Claim, deps: EndingDeps, log: Log): Promise<void> {
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
