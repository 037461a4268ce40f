import type { ConsoleMessage } from '#bots/console/types.ts';
import { shownFile } from '#bots/console/types.ts';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import { formatThreadRef } from '#core/chat/thread-ref.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { type Act, may } from '#core/identity/roles.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';

/** What leaves through the API. What has no presenter does not leave. */

export function presentMessage(message: ConsoleMessage) {
  const { messageId, seq, change, createdAt, editedAt, content } = message;
  const shown = content.type === 'said' ? { ...content, files: content.files.map(shownFile) } : content;
  return { id: messageId, seq, change, createdAt, editedAt, content: shown };
}

export function presentSession(session: SessionFacts) {
  const { sessionId, title, state, ownerId, template, headSeq, createdAt, updatedAt, thread } = session;
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

const acts: Act[] = ['read', 'ask', 'decide', 'stop', 'administer'];

export function presentUser({ userId, name, role, timeZone, language, email }: UserFacts) {
  return { userId, name, role, timeZone, language, email, may: acts.filter((act) => may(role, act)) };
}
