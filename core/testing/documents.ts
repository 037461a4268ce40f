import type { ApprovalCard, Receipt, Step, TurnDocument } from '#core/chat/document.ts';

const askedAt = '2026-11-21T14:00:00.000Z';

/** An instant so many seconds after the turn was asked for. */
export const at = (seconds: number) => new Date(Date.parse(askedAt) + seconds * 1000).toISOString();

/** A running turn of Ana's, with what a test changes. */
export function aDocument(changes: Partial<TurnDocument> = {}): TurnDocument {
  return {
    turnId: 'trn_1',
    sessionId: 'ses_1',
    state: 'running',
    author: { userId: 'usr_ana', name: 'Ana' },
    eventId: 'msg_1',
    text: 'check the backups',
    files: [],
    quoted: [],
    askedAt,
    sentAt: askedAt,
    startedAt: at(0),
    finishedAt: null,
    plan: [],
    steps: [],
    approvals: [],
    answer: null,
    sentFiles: [],
    error: null,
    stoppedBy: null,
    withdrawn: false,
    steering: null,
    restarts: [],
    lost: [],
    receipt: aReceipt(),
    ...changes,
  };
}

export function aReceipt(changes: Partial<Receipt> = {}): Receipt {
  return {
    commands: 0,
    files: 0,
    tools: 0,
    hosts: [],
    secrets: [],
    refused: 0,
    alarms: [],
    approvals: [],
    usage: { requests: 1, inputTokens: 0, outputTokens: 0 },
    ms: null,
    ...changes,
  };
}

export function aStep(title: string, changes: Partial<Step> = {}): Step {
  return {
    key: `${title}/command:0`,
    kind: 'command',
    title,
    state: 'done',
    output: null,
    exitCode: 0,
    startedAt: at(0),
    ms: 5,
    ...changes,
  };
}

export function aCard(changes: Partial<ApprovalCard> = {}): ApprovalCard {
  return {
    approvalId: 'apr_1',
    request: { kind: 'command', title: 'run a command', subject: 'echo hi', why: null },
    revision: 1,
    state: 'open',
    scope: null,
    by: null,
    openedAt: at(1),
    heldUntil: null,
    decidedAt: null,
    expiresAt: at(3600),
    ...changes,
  };
}
