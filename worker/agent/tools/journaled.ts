import type { FunctionTool } from '@openai/agents';
import { z } from 'zod';
import type { ApprovalRequest } from '#core/approvals/types.ts';
import { visible } from '#core/approvals/visible.ts';
import { DeckhandError } from '#core/errors.ts';
import { fingerprint, wellFormedDeep } from '#core/events/canonical.ts';
import type { Performance, Performed } from '#core/events/journal-port.ts';
import type { Harness } from '#core/events/types.ts';
import { type Mark, marker } from '../context/mark.ts';
import { createLiveText } from '../live-text.ts';
import type { AgentContext, Ask, Decision } from '../port.ts';
import type { Stops } from '../stops.ts';
import type { AnyTool, Question, ToolScope } from './tool.ts';

const live = { everyMs: 100, maxChars: 64 * 1024 };

/** The result of a tool that could not do its work: the model reads the message, or the turn ends with it. */
interface Refused {
  refused: string;
  output: string;
}

/** Made once: every turn asks for all of them. */
const schemas = new WeakMap<AnyTool, FunctionTool['parameters']>();

/** The JSON schema of a tool's arguments, as models are shown it. */
export function schemaOf(tool: AnyTool): FunctionTool['parameters'] {
  const known = schemas.get(tool);
  if (known) return known;
  const { $schema: _, ...schema } = tool.schema ?? z.toJSONSchema(tool.parameters, { io: 'input' });
  schemas.set(tool, schema as FunctionTool['parameters']);
  return schema as FunctionTool['parameters'];
}

/** A call's arguments, or why they do not fit. */
function parse(tool: AnyTool, args: unknown): { args: unknown } | { fault: string } {
  const parsed = tool.parameters.safeParse(wellFormedDeep(args));
  return parsed.success ? { args: parsed.data } : { fault: z.prettifyError(parsed.error) };
}

/**
 * The question that a call raises, by itself or because the template says so of its tool, with the fingerprint of
 * exactly what would be done; null when it raises none.
 */
export function askFor(tool: AnyTool, callId: string, rawArgs: unknown, harness: Harness): Ask | null {
  const parsed = parse(tool, rawArgs);
  if ('fault' in parsed) return null;
  const flagged = harness.asks?.includes(tool.name) ? flag(tool, parsed.args) : null;
  const question = tool.approval?.(parsed.args, harness.clock) ?? flagged;
  return question ? { callId, request: question.request, fingerprint: fingerprint(question.exact) } : null;
}

function flag(tool: AnyTool, args: unknown): Question {
  const request: ApprovalRequest = {
    kind: 'tool',
    title: `use ${tool.name}: ${tool.title(args)}`,
    subject: visible(JSON.stringify(args, null, 2)),
    why: null,
  };
  return { request, exact: { tool: tool.name, args } };
}

/**
 * A tool as the SDK's loop sees it: every call is one effect. The effect is written around `invoke`, since what a
 * tool's `execute` throws would become text for the model; fenced and diverged must end the run instead.
 */
export function journaledTool(tool: AnyTool, context: AgentContext, stops: Stops): FunctionTool {
  return {
    type: 'function',
    name: tool.name,
    description: tool.description,
    parameters: schemaOf(tool),
    // Strict schemas know no optional fields; ours are checked here.
    strict: false,
    isEnabled: async () => true,
    async needsApproval(_run, args, callId) {
      if (callId === undefined || context.journal.settled(keyOf(tool, callId))) return false;
      const ask = askFor(tool, callId, args, context.harness);
      try {
        return ask !== null && context.decision(callId, ask.fingerprint) === null;
      } catch (error) {
        throw stops.halt(error);
      }
    },
    async invoke(_run, input, details) {
      const callId = details?.toolCall?.callId;
      try {
        if (!callId) throw new TypeError(`${tool.name} was called without a call id`);
        return await call(tool, callId, JSON.parse(input), context, stops);
      } catch (error) {
        throw stops.halt(error);
      }
    },
  };
}

async function call(
  tool: AnyTool,
  callId: string,
  rawArgs: unknown,
  context: AgentContext,
  stops: Stops,
): Promise<string> {
  const parsed = parse(tool, rawArgs);
  if ('fault' in parsed) return `Nothing was done: these arguments do not fit ${tool.name}.\n${parsed.fault}`;
  const { args } = parsed;

  const key = keyOf(tool, callId);
  if (!context.journal.settled(key)) {
    stops.check();
    const ask = askFor(tool, callId, rawArgs, context.harness);
    const decision = context.decision(callId, ask?.fingerprint ?? null);
    if (decision?.granted === false) return denial(decision);
    if (ask && !decision)
      throw new DeckhandError('approval.missing', `${tool.name} was called before anybody allowed it.`);
  }
  const spec = { key, kind: tool.kind, title: tool.title(args), request: { tool: tool.name, args } };
  const performed = await stops.orLeave(
    context.journal.effect<unknown>(spec, (how) =>
      perform(tool, args, scopeOf(key, callId, context, stops), stops, how),
    ),
  );
  stops.check();
  return render(tool, performed, marker(context.harness.context?.mark));
}

function denial({ by }: Decision): string {
  const what = by === null ? 'Nobody answered in time.' : `Denied by ${by}.`;
  return `${what} Nothing was run. Do not try to reach the same in another way.`;
}

function keyOf(tool: AnyTool, callId: string): string {
  return `${callId}/${tool.kind}:0`;
}

/** A tool's scope, with the end of its live output. */
interface CallScope extends ToolScope {
  end(): void;
}

async function perform(tool: AnyTool, args: unknown, scope: CallScope, stops: Stops, how: Performance) {
  if (how.inDoubt && tool.inDoubt === 'interrupted') {
    const message = 'This was interrupted: it may or may not have happened. Look before you do it again.';
    return { outcome: 'interrupted', result: { refused: 'effect.interrupted', output: message } } as const;
  }
  try {
    const performed = await tool.perform(args, scope, how);
    // Whoever has the turn now settles this.
    stops.leave.throwIfAborted();
    return performed;
  } catch (error) {
    const ends = stops.leave.aborted || (error instanceof DeckhandError && error.code.startsWith('turn.'));
    if (ends || !(error instanceof DeckhandError)) throw error;
    const { code, message } = error;
    return { outcome: 'failed', result: { refused: code, output: message } } as const;
  } finally {
    scope.end();
  }
}

function scopeOf(key: string, callId: string, context: AgentContext, stops: Stops): CallScope {
  const { sessionId, turnId } = context;
  const output = createLiveText(live, (text) =>
    context.live.publish({ kind: 'output', sessionId, turnId, key, text }),
  );
  return {
    commandKey: `${turnId}.${callId}`,
    sandbox: () => context.sandbox(),
    sendFile: context.sendFile,
    readSkill: async (name, file) => {
      if (!context.harness.skills?.includes(name)) throw unknownSkill(name, context.harness.skills ?? []);
      return context.readSkill(name, file);
    },
    readThread: context.readThread,
    onOutput: (text) => output.push(text),
    callServer: (server, tool, args, answers = []) =>
      context.servers.call(server, tool, args, {
        cancel: stops.cancel,
        onOutput: (text) => output.push(text),
        answers,
      }),
    cancel: stops.cancel,
    schedules: context.schedules,
    commandTimeoutMs: context.limits.commandTimeoutMs,
    end: () => output.end(),
  };
}

/** @throws {DeckhandError} when the sandbox itself is gone: no model can mend that. */
function render(tool: AnyTool, performed: Performed<unknown>, mark: Mark): string {
  const { result } = performed;
  if (!isRefused(result)) return tool.render(performed, mark);
  const { refused: code, output } = result;
  if (code.startsWith('sandbox.')) throw new DeckhandError(code, output, { blame: 'machine' });
  return output;
}

function isRefused(result: unknown): result is Refused {
  return typeof result === 'object' && result !== null && 'refused' in result;
}

function unknownSkill(name: string, skills: readonly string[]): DeckhandError {
  const message = `There is no skill ${name}. There are: ${skills.join(', ') || 'none'}.`;
  return new DeckhandError('skill.unknown', message, { blame: 'asker' });
}
