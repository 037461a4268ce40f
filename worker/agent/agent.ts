import { MaxTurnsExceededError, Runner, setTracingDisabled } from '@openai/agents';
import { Manifest, SandboxAgent } from '@openai/agents/sandbox';
import { DeckhandError } from '#core/errors.ts';
import { fingerprint } from '#core/events/canonical.ts';
import type { Harness } from '#core/events/types.ts';
import type { Usage } from '#core/usage/types.ts';
import { journaledModel } from './journaled-model.ts';
import type { Models } from './models/models.ts';
import { readPastSteps } from './past-steps.ts';
import type { Agent, AgentContext, AgentOutcome, Ask } from './port.ts';
import { conversation, instructions } from './prompt.ts';
import { createStops } from './stops.ts';
import { askFor, journaledTool, schemaOf } from './tools/journaled.ts';
import { tools } from './tools/table.ts';

/** A model may ask for any number of calls at once; the sandbox should not have to bear them all together. */
const maxParallelCalls = 8;

export interface AgentSettings {
  models: Models;
  /** Deckhand's own version. */
  version: string;
  /** Model calls a turn may make. Default 200. */
  maxSteps?: number;
}

/** The agent on the Agents SDK. Deterministic given the journal: a run over a finished journal touches nothing. */
export function createAgent({ models, version, maxSteps = 200 }: AgentSettings): Agent {
  // The SDK's tracing would send prompts to OpenAI.
  setTracingDisabled(true);
  return {
    harness: (template, clock, contextSeq): Harness => ({
      version,
      clock,
      template,
      instructions: instructions(clock),
      model: models.current,
      settings: {},
      tools: tools.map((tool) => ({
        name: tool.name,
        hash: fingerprint({ description: tool.description, parameters: schemaOf(tool) }),
      })),
      maxSteps,
      contextSeq,
    }),
    run: (context) => run(context, models),
  };
}

async function run(context: AgentContext, models: Models): Promise<AgentOutcome> {
  const { harness } = context;
  const stops = createStops(context.signal);
  const past = await readPastSteps(context.journal, context.replay);
  const agent = new SandboxAgent({
    name: 'Deckhand',
    instructions: harness.instructions,
    // The SDK's own text speaks of things that are different here.
    baseInstructions: () => '',
    model: journaledModel(models.open(harness.model), context, past, stops),
    modelSettings: harness.settings,
    tools: tools.map((tool) => journaledTool(tool, context, stops)),
    // The SDK's shell tools run commands that the journal does not know of; `exec_command` is ours.
    capabilities: [],
  });
  const runner = new Runner({
    tracingDisabled: true,
    toolNotFoundBehavior: 'return_error_to_model',
    toolExecution: { maxFunctionToolConcurrency: maxParallelCalls },
  });
  try {
    const result = await runner.run(agent, past.start?.items ?? conversation(context), {
      maxTurns: harness.maxSteps - (past.start?.step ?? 0),
      // The sandbox itself is made by the first command.
      sandbox: {
        session: { state: { manifest: new Manifest({ root: '/workspace' }), workspaceReady: true } },
      },
      errorHandlers: { modelRefusal: ({ error }) => ({ finalOutput: refusalOf(error) }) },
    });
    const usage = addUsage(past.usage, result.state.usage);
    const asks = asksOf(result.interruptions, harness.clock);
    if (asks.length > 0) return { kind: 'waiting', asks, usage };
    return { kind: 'finished', answer: (result.finalOutput ?? '').trim(), usage };
  } catch (error) {
    throw reasonOf(error, stops.failure(), harness);
  }
}

/** The SDK wraps what ends a run; what we ended it with is what people should hear. */
function reasonOf(error: unknown, failure: unknown, harness: Harness): unknown {
  if (failure !== undefined) return failure;
  if (error instanceof MaxTurnsExceededError) {
    const message = `I stopped after ${harness.maxSteps} steps without being done. What I did so far stands. Ask me to go on, or for a smaller piece.`;
    return new DeckhandError('turn.too_long', message, { blame: 'provider', cause: error });
  }
  return error;
}

interface Interruption {
  rawItem: { type?: string; callId?: unknown; name?: unknown; arguments?: unknown };
}

function asksOf(interruptions: readonly Interruption[], clock: string): Ask[] {
  return interruptions.map(({ rawItem }) => {
    const { callId, name, arguments: args } = rawItem;
    const tool = tools.find((candidate) => candidate.name === name);
    const ask = tool && askFor(tool, String(callId), JSON.parse(String(args)), clock);
    if (!ask) throw new TypeError(`the run waits for ${String(name)}, which asks nothing`);
    return ask;
  });
}

function refusalOf(error: Error): string {
  const refusal = 'refusal' in error ? String(error.refusal) : '';
  return refusal === ''
    ? 'The model declined to answer this.'
    : `The model declined to answer this: ${refusal}`;
}

function addUsage(before: Usage, now: Usage): Usage {
  return {
    requests: before.requests + now.requests,
    inputTokens: before.inputTokens + now.inputTokens,
    outputTokens: before.outputTokens + now.outputTokens,
  };
}
