import type { ApprovalRequest } from '#core/approvals/types.ts';
import type { Journal } from '#core/events/journal-port.ts';
import type { FileRef, Harness, ModelRef, Person, Quote } from '#core/events/types.ts';
import type { Live } from '#core/live/ports.ts';
import type { Template } from '#core/templates/merge.ts';
import type { SteeredMessage } from '#core/turns/steers.ts';
import type { Price } from '#core/usage/prices.ts';
import type { Usage } from '#core/usage/types.ts';
import type { Sandbox } from '#worker/sandbox/port.ts';
import type { Past } from './context/told.ts';
import type { Asker } from './prompt.ts';
import type { SkillEntry } from './skills-port.ts';

/** What an agent is given for one run over a turn's journal. It may be run again and again over the same journal. */
export interface AgentContext {
  sessionId: string;
  turnId: string;
  harness: Harness;
  journal: Journal;
  author: Person;
  text: string;
  files: FileRef[];
  /** What was said in the thread before the message; data, not requests. */
  quoted?: Quote[];
  /** What the thread said before; for turns whose harness names a context rule. */
  past(): Promise<Past>;
  /** For the others: the last turns of the session, oldest first. */
  history(): Promise<PastTurn[]>;
  /** True: run from the turn's beginning and check every step, instead of from its last complete model step. */
  replay: boolean;
  /** The session's sandbox with the message's files in `/workspace/inbox`; made on the first call. */
  sandbox(): Promise<Sandbox>;
  /**
   * What people have said to a question about this tool call; null: not asked or still open. `fingerprint`: of exactly
   * what would be done. @throws {DeckhandError} `approval.other`: they were asked about something else (I7)
   */
  decision(callId: string, fingerprint: string | null): Decision | null;
  /** A text file of a skill. @throws {DeckhandError} `skill.*` */
  readSkill(name: string, file: string): Promise<string>;
  /** Records a file for the people in the thread. */
  sendFile(name: string, mediaType: string, content: Uint8Array): Promise<FileRef>;
  schedules: AgentSchedules;
  steers: TurnSteers;
  live: Live;
  /**
   * Aborted with a DeckhandError. `turn.fenced` and `worker.stopping`: let go, nothing is ended or written any more.
   * Everything else: people stopped the turn; commands are ended and settled before `run` rejects with the reason.
   */
  signal: AbortSignal;
  limits: { commandTimeoutMs: number };
}

/** What the turn's author says while it runs. */
export interface TurnSteers {
  /** Is there anything that it has not heard? */
  waiting(): Promise<boolean>;
  /** Hears it, once; again for the same key gives the same. @throws {DeckhandError} `turn.fenced` */
  take(key: string): Promise<SteeredMessage[]>;
}

/** What an agent may do with the schedules of its thread; people have been asked before it saves or removes. */
export interface AgentSchedules {
  list(): Promise<{ id: string; line: string }[]>;
  /** Saves it, once for each `key`; gives words for the model. */
  save(wanted: {
    words: string;
    zone: string;
    changes: { schedule: string; line: string } | null;
    key: string;
  }): Promise<string>;
  /** @throws {DeckhandError} when the schedule does not read as `line` says: people were shown that. */
  remove(scheduleId: string, line: string): Promise<string>;
}

export interface PastTurn {
  author: Person;
  text: string;
  quoted?: Quote[];
  answer: string;
}

export interface Decision {
  granted: boolean;
  /** A name; null when nobody answered in time. */
  by: string | null;
}

/** A tool call that may not go on before somebody has said yes. */
export interface Ask {
  callId: string;
  /** As it is shown: characters that cannot be seen are spelled out. */
  request: ApprovalRequest;
  /** SHA-256 of exactly what would be done, which the approval is bound to (I7); the reason given is no part of it. */
  fingerprint: string;
}

export type AgentOutcome =
  | { kind: 'finished'; answer: string; usage: Usage }
  /** Nothing can go on before at least one of these is answered. */
  | { kind: 'waiting'; asks: Ask[]; usage: Usage };

/** What is known when a turn first starts. */
export interface TurnStart {
  turnId: string;
  template: Template;
  asker: Asker;
  /** All that there are; the template chooses among them. */
  skills: readonly SkillEntry[];
  /** ISO 8601. */
  clock: string;
  contextSeq: number;
  prices(ref: ModelRef): Price | null;
}

/** An agent: fixed by its harness, run over a journal. */
export interface Agent {
  /** All that could differ between two runs of a turn that starts now. @throws {DeckhandError} `model.not_set_up` */
  begin(start: TurnStart): Harness;
  /** What a turn that began with this goes on with; the same object when nothing had to change. */
  renew(recorded: Harness): Harness;
  /** @throws {DeckhandError} with words for the thread: `model.*`, `turn.fenced`, `turn.diverged`, `sandbox.*` */
  run(context: AgentContext): Promise<AgentOutcome>;
}
