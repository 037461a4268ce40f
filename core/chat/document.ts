import type { ApprovalRequest, ApprovalScope, ApprovalState } from '#core/approvals/types.ts';
import type { EffectKind, FileRef, Person, Quote } from '#core/events/types.ts';
import type { TurnState } from '#core/turns/state.ts';
import type { Usage } from '#core/usage/types.ts';

/**
 * What a turn shows, computed from its events and nothing else (I10). Adapters render it, the page draws it; no
 * renderer loses text.
 */
export interface TurnDocument {
  turnId: string;
  sessionId: string;
  state: TurnState;
  author: Person;
  /** The asking message's own identity at its platform. */
  eventId: string;
  text: string;
  files: FileRef[];
  /** What was said in the thread before it. */
  quoted: Quote[];
  askedAt: string;
  /** When the message was written; long before `askedAt` when we were away. */
  sentAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** The agent's plan, when it made one. */
  plan: PlanItem[];
  steps: Step[];
  approvals: ApprovalCard[];
  /** Once the turn has finished: its answer, possibly empty. */
  answer: string | null;
  sentFiles: FileRef[];
  error: { code: string; message: string } | null;
  stoppedBy: Person | null;
  /** Its author deleted the message before anything had begun, or had it told to another turn: nothing to say. */
  withdrawn: boolean;
  /** The running turn that its author wants it told to, or (`told`) that has been told. */
  steering: { into: string; told: boolean } | null;
  /** While it is queued and who shows it has looked: where it stands. */
  queue?: QueuePlace;
  /** After a crash: when, how many effects are done, titles of those that were cut off. */
  restarts: { at: string; done: number; cut: string[] }[];
  /** Its files were on a host that is gone: since when they lack what so many steps did; empty unless something was saved. */
  lost: { at: string; steps: number; saved: boolean }[];
  receipt: Receipt;
}

export interface QueuePlace {
  /** Turns of its session before it. */
  ahead: number;
  /** Is what runs now its author's own, so that it can be told to that? */
  steerable: boolean;
}

export interface PlanItem {
  title: string;
  state: 'pending' | 'active' | 'done';
}

/** One effect as a person sees it. Model calls are no steps; what the author said meanwhile (`steer`) is one. */
export interface Step {
  key: string;
  kind: Exclude<EffectKind, 'model' | 'summary' | 'post'>;
  /** `$ uname -a`, `write notes.md`, `Ana: use staging`. */
  title: string;
  state: 'running' | 'done' | 'failed' | 'interrupted' | 'asking' | 'denied';
  /** Bounded output of a command or tool, for the fold. */
  output: string | null;
  exitCode: number | null;
  startedAt: string;
  ms: number | null;
}

export interface ApprovalCard {
  approvalId: string;
  request: ApprovalRequest;
  /** Rises when the request grows; a click carries it. */
  revision: number;
  state: ApprovalState;
  scope: ApprovalScope | null;
  by: Person | null;
  openedAt: string;
  /** Until when requests on it may be held at the door; null for what waits without being held. */
  heldUntil: string | null;
  decidedAt: string | null;
  expiresAt: string;
}

/** What left the room. */
export interface Receipt {
  commands: number;
  files: number;
  tools: number;
  /** Requests that went out, by host. Empty: nothing left the network. */
  hosts: { host: string; requests: number; bytes: number }[];
  secrets: { name: string; uses: number }[];
  /** Requests that the door refused, and attempts to get a secret out, a sentence each. */
  refused: number;
  alarms: string[];
  approvals: { by: string; granted: number; denied: number }[];
  usage: Usage;
  /** From the first start to the end or to now; null before the start. */
  ms: number | null;
}
