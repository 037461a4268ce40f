import type { z } from 'zod';
import type { ApprovalRequest } from '#core/approvals/types.ts';
import type { Performance, Performed } from '#core/events/journal-port.ts';
import type { EffectKind, FileRef } from '#core/events/types.ts';
import type { PinnedServer, PinnedTool, ServerAnswer } from '#core/mcp/types.ts';
import type { Sandbox } from '#worker/sandbox/port.ts';
import type { Mark } from '../context/mark.ts';
import type { AgentSchedules, PastTurn } from '../port.ts';
import type { ServerResult } from '../servers-port.ts';

/** What a tool may use while it performs one call. */
export interface ToolScope {
  /** The command's key in the sandbox, unique in the session. */
  commandKey: string;
  /** The session's sandbox; made on the first call. */
  sandbox(): Promise<Sandbox>;
  sendFile(name: string, mediaType: string, content: Uint8Array): Promise<FileRef>;
  readSkill(name: string, file: string): Promise<string>;
  /** Earlier turns with an answer, oldest first: `count` of them before the last `skip`. */
  readThread(skip: number, count: number): Promise<PastTurn[]>;
  /** Shows output of the call as it comes. */
  onOutput(text: string): void;
  callServer(
    server: PinnedServer,
    tool: PinnedTool,
    args: Record<string, unknown>,
    answers?: readonly ServerAnswer[],
  ): Promise<Performed<ServerResult>>;
  /** People asked to stop. */
  cancel: AbortSignal;
  schedules: AgentSchedules;
  commandTimeoutMs: number;
}

/**
 * One thing an agent can do. Everything but `perform` is pure: it must give the same in every run of a turn.
 */
export interface Tool<A, R> {
  name: string;
  /** For the model. */
  description: string;
  parameters: z.ZodType<A>;
  /** What models are shown in place of `parameters`, JSON schema. */
  schema?: Record<string, unknown>;
  kind: Exclude<EffectKind, 'model' | 'summary' | 'post'>;
  /** May it be done again when it is in doubt? Otherwise a call in doubt is settled as interrupted (I4). */
  inDoubt: 'again' | 'attach' | 'interrupted';
  /** One line for people. */
  title(args: A): string;
  /** The question to people that must be answered with yes first. `clock` is the turn's, ISO 8601. */
  approval?(args: A, clock: string): Question | null;
  perform(args: A, scope: ToolScope, how: Performance): Promise<Performed<R>>;
  /** What the model is told; what comes from outside of Deckhand goes through `mark`. */
  render(performed: Performed<R>, mark: Mark): string;
}

/** A question to people, and as plain data exactly what would be done after a yes. */
export interface Question {
  request: ApprovalRequest;
  exact: unknown;
}

/** The result of a tool that has nothing to tell but a text; people see it as the step's output. */
export interface TextResult {
  output: string;
}

/** A tool of any arguments, checked when it is called. */
export type AnyTool = Tool<unknown, unknown>;

/** Forgets the types of a tool's arguments and result; its schema brings the first back, the journal keeps the second. */
export function defineTool<A, R>(tool: Tool<A, R>): AnyTool {
  return tool as unknown as AnyTool;
}
