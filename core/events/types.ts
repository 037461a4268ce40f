import type { ApprovalRequest, ApprovalScope, ApprovalState } from '#core/approvals/types.ts';
import type { PinnedMcp } from '#core/mcp/types.ts';
import type { FinalState } from '#core/turns/state.ts';
import type { Usage } from '#core/usage/types.ts';
import type { EgressSummary } from './egress-entry.ts';
import type { ErasedRow } from './log-row.ts';

/** What kind of effect: decides how one in doubt is settled after a crash (I4). */
export type EffectKind = 'model' | 'summary' | 'steer' | 'command' | 'file' | 'tool' | 'post';

/** A file that travels with a message or an answer; its content lies in the blob store under `blob`. */
export interface FileRef {
  id: string;
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
  /** SHA-256 of the content, hex. */
  blob: string;
}

/** Who speaks; names are those of the moment. */
export interface Person {
  userId: string;
  name: string;
}

/** What somebody said in the thread before; for the agent to read, never a request. */
export interface Quote {
  name: string;
  text: string;
}

/** One model at one provider, and which of its APIs is spoken. */
export interface ModelRef {
  provider: string;
  name: string;
  api: string;
}

/**
 * All that could differ between two runs of a turn, fixed when it first starts. What is optional is missing in turns
 * that began before Deckhand knew it; a replay of those goes as they went.
 */
export interface Harness {
  version: string;
  /** The turn's clock, ISO 8601. */
  clock: string;
  /** The template's name, and which versions of its layers it was made of; version 0 is shipped. */
  template: string;
  layers?: { layer: string; version: number; hash: string }[];
  instructions: string;
  model: ModelRef;
  /** Asked in this order when the model before cannot answer. */
  fallbacks?: ModelRef[];
  settings: Record<string, unknown>;
  /** Tool names in the order they are offered, with a hash of each one's schema. */
  tools: { name: string; hash: string }[];
  /** Tools of those that ask people before each call. */
  asks?: string[];
  /** Tool servers and what they offer, as they stood when the turn began. */
  mcp?: PinnedMcp;
  /** Skills that may be read. */
  skills?: string[];
  /** What the sandbox is started from; missing: the usual. */
  image?: string;
  /** `fresh`: the workspace is empty when the turn begins; missing: it stays from turn to turn. */
  workspace?: 'fresh';
  /** The workspace is saved for other hosts when the turn ends; missing: when its sandbox is idle. */
  save?: 'turn';
  maxSteps: number;
  /** Where the turn is ended; null: nowhere. `minutes` of work since it was last taken up; `cost` in US dollars. */
  limits?: { minutes: number | null; tokens: number | null; cost: number | null };
  /** US dollars for a million tokens by `provider:model`, where the cost is limited. */
  prices?: Record<string, { input: number; cachedInput: number; output: number }>;
  /** How the conversation is told from the log; missing: by rule 1 (docs/adr/0057). `mark` names what is data. */
  context?: { rule: 2; maxChars: number; mark: string };
  /** The last event of earlier turns that this turn's context was built from. */
  contextSeq: number;
}

/** A large payload is kept once in the blob store and named by its hash. `erased`: taken away on request. */
export type Payload = { inline: unknown } | { blob: string; bytes: number } | { erased: true };

/** The body of each event type. Writers: bots (b), workers (w), egress (e). */
export interface EventBodies {
  /** b: the message that asks. The first event of every turn. */
  'turn.submitted': {
    author: Person;
    text: string;
    files: FileRef[];
    platform: string;
    eventId: string;
    sentAt: string;
    /** What was said before, when this message opened the session. */
    quoted?: Quote[];
  };
  /** b: the message was edited while the turn was queued. */
  'turn.edited': { text: string; by: string };
  /** b: its author, or an administrator, gave it another place among the queued turns, counted from 1. */
  'turn.moved': { by: Person; place: number };
  /** b: ended before any worker had it, or while it waited. w: `steered`, its words were told to the turn `into`. */
  'turn.cancelled': { by: Person; reason: 'stopped' | 'deleted' | 'steered'; into?: string };
  /** b: a running turn was asked to stop. */
  'turn.stop_requested': { by: Person };
  /** b: this queued turn's words are to reach the running turn `into` at its next step. */
  'turn.steer_asked': { by: Person; into: string };
  /** w: words of its author reached a running turn, by its effect `key`; they were the queued turn `from`. */
  'turn.steered': { by: Person; from: string; text: string; files: FileRef[] };
  /** w: first claim. */
  'turn.started': { harness: Harness; worker: string };
  /** w: a later claim. `cut` names effects that were in doubt. */
  'turn.resumed': { reason: 'crash' | 'answered' | 'returned'; worker: string; done: number; cut: string[] };
  /** w: an effect is about to happen. `key` is the event's key. */
  'effect.intent': {
    kind: EffectKind;
    title: string;
    fingerprint: string;
    request: Payload;
    attempt: number;
  };
  /** w: an effect happened, signed. */
  'effect.receipt': {
    /** That of its intent, which is not signed by itself. */
    fingerprint: string;
    kind: EffectKind;
    outcome: 'done' | 'failed' | 'interrupted';
    intent: number;
    result: Payload;
    ms: number;
  };
  /** w: the turn goes on under another harness than it began with, e.g. after an upgrade. */
  'harness.changed': { harness: Harness };
  /** w: the turn cannot go on with this journal; never run through. */
  'harness.diverged': { key: string; recorded: string; found: string };
  /** w, e */
  'approval.opened': { approvalId: string; request: ApprovalRequest; fingerprint: string; expiresAt: string };
  /** e: one more request was put on an open card. Its first revision is 1. */
  'approval.grown': { approvalId: string; request: ApprovalRequest; revision: number };
  /** b */
  'approval.decided': {
    approvalId: string;
    state: Exclude<ApprovalState, 'open'>;
    scope: ApprovalScope | null;
    by: Person | null;
    /** Of the card that was pressed: later requests were not on it. */
    revision?: number;
  };
  /** w: given back unfinished by a worker that stops, or that lost the database for a while. */
  'turn.returned': Record<string, never>;
  /** e: a request goes out that people allowed, or that carries a secret. What came of it stands in egress's log. */
  'egress.intent': {
    method: string;
    /** Without its query. */
    url: string;
    /** Of the whole request (DOOR.md rule 6). */
    fingerprint: string;
    secret: string | null;
    approvalId: string | null;
  };
  /** e: somebody tried to get a secret out, or to send what stands for one where it has no business. */
  'egress.alarm': { host: string; method: string; code: string; secret: string | null };
  /** e: what went through the door since the last seal; `to` and `hash` are the head of egress's own log. */
  'egress.sealed': { from: number; to: number; hash: string } & EgressSummary;
  /** w: no worker holds the turn until one of these is answered. */
  'turn.waiting': { approvals: string[] };
  /** w: the workspace was on a host that is gone: it is as it was last `saved`, or empty; it lacks what `steps` steps did since. */
  'workspace.lost': { steps: number; saved: boolean };
  /** w: an agent's file for the people in the thread. */
  'file.sent': { file: FileRef };
  /** w */
  'turn.finished': {
    state: FinalState;
    answer: string;
    error: { code: string; message: string } | null;
    usage: Usage;
  };
  /** w: signed; says that the log up to here is this turn's whole story. */
  'turn.sealed': { headSeq: number; headHash: string };
  /** b: a post was reserved. Folds of the document pass over both. */
  'post.intent': { slot: string; postKey: string };
  'post.receipt': {
    slot: string;
    postKey: string;
    platformId: string;
    outcome: 'sent' | 'in_doubt' | 'refused';
  };
  /**
   * w: a person's data was taken away on request. Of no turn. Names the rows of this log, and the entries of egress's,
   * that lost their words; `of` and `by` are the ids of whose they were and of who asked for it.
   */
  'data.erased': { erasure: string; of: string; by: string; rows: ErasedRow[]; egress: ErasedRow[] };
}

export type EventType = keyof EventBodies;

/** One row of a session's log, body parsed. */
export type LogEvent = {
  [T in EventType]: {
    sessionId: string;
    seq: number;
    turnId: string | null;
    epoch: number | null;
    type: T;
    key: string | null;
    body: EventBodies[T];
    at: string;
  };
}[EventType];
