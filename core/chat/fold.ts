import { maxHoldMs } from '#core/approvals/hold.ts';
import { visible } from '#core/approvals/visible.ts';
import type { EventBodies, LogEvent } from '#core/events/types.ts';
import { isFinal } from '#core/turns/state.ts';
import type { ApprovalCard, PlanItem, Step, TurnDocument } from './document.ts';
import { addAlarm, addTraffic } from './traffic.ts';

/** The documents of a run of events, in the order of their turns. Pure: same events, same documents (I10). */
export function foldDocuments(events: readonly LogEvent[]): TurnDocument[] {
  const documents = new Map<string, TurnDocument>();
  for (const event of events) {
    if (event.turnId === null) continue;
    if (event.type === 'turn.submitted') {
      documents.set(event.turnId, begin(event.turnId, event.sessionId, event.body, event.at));
    } else {
      const document = documents.get(event.turnId);
      if (document) apply(document, event);
    }
  }
  return [...documents.values()].map(complete);
}

function begin(
  turnId: string,
  sessionId: string,
  asked: EventBodies['turn.submitted'],
  at: string,
): TurnDocument {
  return {
    turnId,
    sessionId,
    state: 'queued',
    author: asked.author,
    eventId: asked.eventId,
    text: asked.text,
    files: asked.files,
    quoted: asked.quoted ?? [],
    askedAt: at,
    sentAt: asked.sentAt,
    startedAt: null,
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
    receipt: {
      commands: 0,
      files: 0,
      tools: 0,
      hosts: [],
      secrets: [],
      refused: 0,
      alarms: [],
      approvals: [],
      usage: { requests: 0, inputTokens: 0, outputTokens: 0 },
      ms: null,
    },
  };
}

function apply(document: TurnDocument, event: LogEvent): void {
  switch (event.type) {
    case 'turn.edited':
      document.text = event.body.text;
      break;
    case 'turn.cancelled':
      document.state = 'cancelled';
      document.finishedAt = event.at;
      cancel(document, event.body);
      break;
    case 'turn.steer_asked':
      document.steering = { into: event.body.into, told: false };
      break;
    case 'turn.steered':
      document.steps.push(steeredStep(event.body, event.at));
      break;
    case 'turn.stop_requested':
      document.stoppedBy = event.body.by;
      break;
    case 'turn.started':
      document.state = 'running';
      document.startedAt = event.at;
      break;
    case 'turn.resumed':
      document.state = 'running';
      if (event.body.reason !== 'answered')
        document.restarts.push(restartOf(document, event.body.cut, event.at));
      break;
    case 'turn.waiting':
      document.state = 'waiting';
      break;
    case 'turn.finished':
      document.state = event.body.state;
      document.finishedAt = event.at;
      document.answer = event.body.answer;
      document.error = event.body.error;
      document.receipt.usage = event.body.usage;
      break;
    case 'effect.intent':
      beginStep(document, event.key ?? '', event.body, event.at);
      break;
    case 'effect.receipt':
      settleStep(document, event.key ?? '', event.body);
      break;
    case 'approval.opened':
      document.approvals.push(openCard(event.body, event.at));
      break;
    case 'approval.grown':
      growCard(document, event.body, event.at);
      break;
    case 'egress.sealed':
      addTraffic(document.receipt, event.body);
      break;
    case 'egress.alarm':
      addAlarm(document.receipt, event.body);
      break;
    case 'approval.decided':
      settleCard(document, event.body, event.at);
      break;
    case 'workspace.lost':
      document.lost.push({ at: event.at, ...event.body });
      break;
    case 'file.sent':
      document.sentFiles.push(event.body.file);
      break;
    default:
      break;
  }
}

function cancel(document: TurnDocument, { by, reason, into }: EventBodies['turn.cancelled']): void {
  document.withdrawn = reason !== 'stopped';
  if (reason === 'steered') document.steering = { into: into ?? '', told: true };
  else document.stoppedBy = by;
}

/** What the author said while the turn ran, where the turn heard it. */
function steeredStep({ by, from, text }: EventBodies['turn.steered'], at: string): Step {
  const line = visible(text).replaceAll(/\s+/g, ' ').trim();
  const short = line.length <= 120 ? line : `${line.slice(0, 119).toWellFormed()}…`;
  return {
    key: `${from}/steer:0`,
    kind: 'steer',
    title: `${by.name}: ${short}`,
    state: 'done',
    output: text,
    exitCode: null,
    startedAt: at,
    ms: 0,
  };
}

/** Counted in the steps that people see: a model call that was cut off is just asked again. */
function restartOf({ steps }: TurnDocument, cut: string[], at: string): TurnDocument['restarts'][number] {
  const lost = steps.filter((step) => step.state === 'running' && cut.includes(step.key));
  return { at, done: steps.length - lost.length, cut: lost.map(({ title }) => title) };
}

function beginStep(
  document: TurnDocument,
  key: string,
  intent: EventBodies['effect.intent'],
  at: string,
): void {
  const { kind, title } = intent;
  // Steering shows by what was said.
  if (kind === 'model' || kind === 'summary' || kind === 'steer' || kind === 'post') return;
  const known = document.steps.find((step) => step.key === key);
  if (known) {
    known.state = 'running';
    return;
  }
  document.steps.push({
    key,
    kind,
    title,
    state: 'running',
    output: null,
    exitCode: null,
    startedAt: at,
    ms: null,
  });
}

function settleStep(document: TurnDocument, key: string, receipt: EventBodies['effect.receipt']): void {
  const step = document.steps.find((candidate) => candidate.key === key);
  if (!step) return;
  const result = 'inline' in receipt.result ? receipt.result.inline : null;
  const shown = (result ?? {}) as { output?: unknown; exitCode?: unknown; plan?: unknown; refused?: unknown };
  step.state = receipt.outcome;
  step.ms = receipt.ms;
  step.output = typeof shown.output === 'string' ? shown.output : typeof result === 'string' ? result : null;
  step.exitCode = typeof shown.exitCode === 'number' ? shown.exitCode : null;
  if (Array.isArray(shown.plan)) document.plan = shown.plan as PlanItem[];
  // What was refused never happened; a command that failed did.
  if (shown.refused === undefined) count(document, step);
}

function count(document: TurnDocument, step: Step): void {
  if (step.kind === 'command') document.receipt.commands += 1;
  if (step.kind === 'file') document.receipt.files += 1;
  if (step.kind === 'tool') document.receipt.tools += 1;
}

function openCard(opened: EventBodies['approval.opened'], at: string): ApprovalCard {
  const { approvalId, request, expiresAt } = opened;
  return {
    approvalId,
    request,
    expiresAt,
    revision: 1,
    state: 'open',
    scope: null,
    by: null,
    openedAt: at,
    heldUntil: request.kind === 'host' ? afterHold(at) : null,
    decidedAt: null,
  };
}

function growCard(document: TurnDocument, grown: EventBodies['approval.grown'], at: string): void {
  const card = document.approvals.find((candidate) => candidate.approvalId === grown.approvalId);
  if (!card) return;
  card.request = grown.request;
  card.revision = grown.revision;
  card.heldUntil = afterHold(at);
}

function afterHold(at: string): string {
  return new Date(Date.parse(at) + maxHoldMs).toISOString();
}

function settleCard(document: TurnDocument, decided: EventBodies['approval.decided'], at: string): void {
  const card = document.approvals.find((candidate) => candidate.approvalId === decided.approvalId);
  if (!card) return;
  card.state = decided.state;
  card.scope = decided.scope;
  card.by = decided.by;
  card.decidedAt = at;
  const by = decided.by?.name;
  if (!by) return;
  const tally = document.receipt.approvals.find((entry) => entry.by === by) ?? { by, granted: 0, denied: 0 };
  if (!document.receipt.approvals.includes(tally)) document.receipt.approvals.push(tally);
  if (decided.state === 'granted') tally.granted += 1;
  else tally.denied += 1;
}

/** What only the whole shows: the time it took, and that nothing stays open or running in a turn that has ended. */
function complete(document: TurnDocument): TurnDocument {
  if (document.startedAt && document.finishedAt) {
    document.receipt.ms = Date.parse(document.finishedAt) - Date.parse(document.startedAt);
  }
  if (isFinal(document.state)) {
    for (const step of document.steps) if (step.state === 'running') step.state = 'interrupted';
    for (const card of document.approvals) if (card.state === 'open') card.state = 'expired';
  }
  return document;
}
