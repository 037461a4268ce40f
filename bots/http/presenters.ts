import type { ConsoleMessage } from '#bots/console/types.ts';
import { shownFile } from '#bots/console/types.ts';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import { formatThreadRef } from '#core/chat/thread-ref.ts';
import type { EgressEntry, EgressRow } from '#core/events/egress-entry.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { acts, may } from '#core/identity/roles.ts';
import { nextTimes } from '#core/schedules/next-time.ts';
import type { FiringFacts, ScheduleFacts } from '#core/schedules/types.ts';
import { showTime } from '#core/schedules/zone.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import type { TurnSummary } from '#core/turns/ports.ts';

/** What leaves through the API. What has no presenter does not leave. */

export function presentMessage(message: ConsoleMessage) {
  const { messageId, seq, change, createdAt, editedAt, content } = message;
  const shown = content.type === 'said' ? { ...content, files: content.files.map(shownFile) } : content;
  return { id: messageId, seq, change, createdAt, editedAt, content: shown };
}

export function presentSession(session: SessionFacts) {
  const { sessionId, title, state, ownerId, template, headSeq, thread } = session;
  const { createdAt, updatedAt, archivedAt } = session;
  return {
    id: sessionId,
    thread: thread.platform === 'console' ? thread.thread : formatThreadRef(thread),
    platform: thread.platform,
    title,
    state,
    ownerId,
    template,
    headSeq,
    createdAt,
    updatedAt,
    archivedAt,
  };
}

export function presentTurn(turn: TurnSummary) {
  const { turnId, sessionId, seq, authorId, authorName, state, text, stopRequested } = turn;
  const { errorCode, createdAt, startedAt, finishedAt } = turn;
  return {
    ...{ id: turnId, sessionId, seq, author: { userId: authorId, name: authorName }, state, text },
    ...{ stopping: stopRequested, error: errorCode, createdAt, startedAt, finishedAt },
  };
}

export function presentDocument(document: TurnDocument) {
  return {
    ...document,
    files: document.files.map(shownFile),
    sentFiles: document.sentFiles.map(shownFile),
    receiptLine: receiptLine(document.receipt),
  };
}

export function presentApproval(approval: ApprovalFacts) {
  const { approvalId, sessionId, turnId, request, revision, state, scope } = approval;
  const { decidedBy, decidedAt, expiresAt, createdAt } = approval;
  return {
    id: approvalId,
    sessionId,
    turnId,
    request,
    revision,
    state,
    scope,
    decidedBy,
    decidedAt,
    expiresAt,
    createdAt,
  };
}

/** A schedule with its next three times, as they come after `now` if it is active or a draft. */
export function presentSchedule(schedule: ScheduleFacts, last: FiringFacts[], now: Date) {
  const { scheduleId, owner, thread, text, words, when, zone, state, pausedBecause, nextDue } = schedule;
  const { overlap, runMode, missed, jitterMs, failures, revision, createdAt } = schedule;
  const coming = state === 'active' || state === 'draft' ? nextTimes(when, zone, now, 3) : [];
  return {
    id: scheduleId,
    owner: { userId: owner.userId, name: owner.name },
    thread: thread.platform === 'console' ? thread.thread : formatThreadRef(thread),
    text,
    words,
    zone,
    state,
    pausedBecause,
    overlap,
    runMode,
    missed,
    jitterSeconds: jitterMs / 1000,
    failures,
    nextDue,
    revision,
    createdAt,
    next: coming.map((at) => showTime(at, zone)),
    last: last.map(presentFiring),
  };
}

export function presentFiring({ dueAt, state, cause, turnId, note, settledAt }: FiringFacts) {
  return { dueAt, state, cause, turnId, note, settledAt };
}

export function presentEgress({ sessionId, n, turnId, body }: EgressRow) {
  return { sessionId, n, turnId, ...(JSON.parse(body) as EgressEntry) };
}

export function presentUser({ userId, name, role, timeZone, language, email }: UserFacts) {
  return { userId, name, role, timeZone, language, email, may: acts.filter((act) => may(role, act)) };
}
