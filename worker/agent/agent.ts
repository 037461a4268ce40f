import { MaxTurnsExceededError, Runner, setTracingDisabled } from '@openai/agents';
import { Manifest, SandboxAgent } from '@openai/agents/sandbox';
import { DeckhandError } from '#core/errors.ts';
import type { Harness } from '#core/events/types.ts';
import type { Usage } from '#core/usage/types.ts';
import { createBudget, outOfTime } from './budget.ts';
import { conversation, conversationByRule1 } from './context/conversation.ts';
import { remember } from './context/remember.ts';
import { defaultMaxSteps, newHarness, renewHarness } from './harness.ts';
import { type Asked, askLive, journaledModel } from './journaled-model.ts';
import { type ModelGate, openGate } from './models/gate.ts';
import type { Models } from './models/models.ts';
import { readPastSteps } from './past-steps.ts';
import type { Agent, AgentContext, AgentOutcome, Ask } from './port.ts';
import { createStops, type Stops } from './stops.ts';
import { askFor, journaledTool } from './tools/journaled.ts';
import { serverTools } from './tools/servers.ts';
import { tools } from './tools/table.ts';
import type { AnyTool } from './tools/tool.ts';

/** A model may ask for any number of calls at once; the sandbox should not have to bear them all together. */
const maxParallelCalls = 8;

export interface AgentSettings {
  models: Models;
  /** Deckhand's own version. */
  version: string;
  /** Model calls a turn may make; a template may say less. Default 200. */
  maxSteps?: number;
  /** Default: no limit. */
  gate?: ModelGate;
}

/** The agent on the Agents SDK. Deterministic given the journal: a run over a finished journal touches nothing. */
export function createAgent({
  models,
  version,
  maxSteps = defaultMaxSteps,
  gate = openGate,
}: AgentSettings): Agent {
  // The SDK's tracing would send prompts to OpenAI.
  setTracingDisabled(true);
  return {
    begin: (start) => newHarness(start, models, version, maxSteps),
    renew: (recorded) => renewHarness(recorded, models, version),
    run: (context) => run(context, { models, gate }),
  };
}

async function run(context: AgentContext, asked: Asked): Promise<AgentOutcome> {
  const { harness } = context;
  using time = limitTime(context.signal, harness);
  const stops = createStops(time.signal);
  const past = await readPastSteps(context.journal, context.replay);
  const budget = createBudget(harness);
  for (const answer of past.answers) budget.spent(answer);
  const askModels = askLive(context, stops, asked, past);
  const agent = new SandboxAgent({
    name: 'Deckhand',
    instructions: harness.instructions,
    // The SDK's own text speaks of things that are different here.
    baseInstructions: () => '',
    model: journaledModel(askModels, context, past, stops, budget),
    modelSettings: harness.settings,
    tools: offered(harness).map((tool) => journaledTool(tool, context, stops)),
    // The SDK's shell tools run commands that the journal does not know of; `exec_command` is ours.
    capabilities: [],
  });
  const runner = new Runner({
    tracingDisabled: true,
    toolNotFoundBehavior: 'return_error_to_model',
    toolExecution: { maxFunctionToolConcurrency: maxParallelCalls },
  });
  try {
    const { items, used } = past.start
      ? { items: past.start.items, used: past.usage }
      : await begin(context, stops, askModels);
    const result = await runner.run(agent, items, {
      maxTurns: harness.maxSteps - (past.start?.step ?? 0),
      // The sandbox itself is made by the first command.
      sandbox: {
        session: { state: { manifest: new Manifest({ root: '/workspace' }), workspaceReady: true } },
      },
      errorHandlers: { modelRefusal: ({ error }) => ({ finalOutput: refusalOf(error) }) },
    });
    const usage = addUsage(used, result.state.usage);
    const asks = asksOf(result.interruptions, harness);
    if (asks.length > 0) return { kind: 'waiting', asks, usage };
    return { kind: 'finished', answer: (result.finalOutput ?? '').trim(), usage };
  } catch (error) {
    throw reasonOf(error, stops.failure(), harness);
  }
}

/** The conversation that a turn begins with, and what making it used. */
async function begin(context: AgentContext, stops: Stops, askModels: ReturnType<typeof askLive>) {
  const none = { requests: 0, inputTokens: 0, outputTokens: 0 };
  if (!context.harness.context) {
    return { items: conversationByRule1(context, await context.history()), used: none };
  }
  const remembered = await remember(context, stops, (request, how) =>
    askModels('summary:0', request, how, false),
  );
  const used = remembered.usage ? addUsage(none, { requests: 1, ...remembered.usage }) : none;
  return { items: conversation(context, remembered), used };
}

/** The tools that the turn was given, as this version has them. */
function offered(harness: Harness): AnyTool[] {
  return [
    ...tools.filter((tool) => harness.tools.some(({ name }) => name === tool.name)),
    ...serverTools(harness.mcp),
  ];
}

/** The turn's signal, which the template's time limit aborts too: as people would, so that all is settled. */
function limitTime(signal: AbortSignal, { limits }: Harness): Disposable & { signal: AbortSignal } {
  const { minutes = null } = limits ?? {};
  if (minutes === null) return { signal, [Symbol.dispose]: () => {} };
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(outOfTime(minutes)), minutes * 60_000);
  return {
    signal: AbortSignal.any([signal, over.signal]),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
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

function asksOf(interruptions: readonly Interruption[], harness: Harness): Ask[] {
  return interruptions.map(({ rawItem }) => {
    const { callId, name, arguments: args } = rawItem;
    const tool = offered(harness).find((candidate) => candidate.name === name);
    const ask = tool && askFor(tool, String(callId), JSON.parse(String(args)), harness);
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
