import { type Model, type ModelRequest, type ModelResponse, Usage } from '@openai/agents';
import { DeckhandError } from '#core/errors.ts';
import type { Performance, Performed } from '#core/events/journal-port.ts';
import type { Budget } from './budget.ts';
import { createLiveText } from './live-text.ts';
import { normaliseOutput } from './model-output.ts';
import { type ModelAnswer, maxTries } from './models/ask.ts';
import type { ModelGate } from './models/gate.ts';
import { askInOrder } from './models/in-order.ts';
import type { Models } from './models/models.ts';
import { type ModelReceipt, noteOrigins, type PastSteps } from './past-steps.ts';
import type { AgentContext } from './port.ts';
import { RequestLog } from './request-log.ts';
import { createSteering } from './steering.ts';
import type { Stops } from './stops.ts';

const live = { everyMs: 30, maxChars: 256 * 1024 };

/** How a turn asks models: the order its harness recorded, one user after the other. */
export interface Asked {
  models: Models;
  gate: ModelGate;
}

/** Asks the turn's models and shows their words as they come. `attempt` counts on over claims. */
export function askLive(context: AgentContext, stops: Stops, { models, gate }: Asked, past: PastSteps) {
  const { sessionId, turnId, harness, author } = context;
  return async (
    key: string,
    request: ModelRequest,
    how: Performance,
    shown: boolean,
  ): Promise<ModelAnswer> => {
    const publish = (attempt: number, text: string) =>
      context.live.publish({ kind: 'answer', sessionId, turnId, key, attempt, text });
    const order = [harness.model, ...(harness.fallbacks ?? [])];
    let attempt = 0;
    let text = createLiveText(live, () => {});
    try {
      return await askInOrder(request, {
        models,
        gate,
        order,
        userId: author.userId,
        originOf: (item) => past.origins.get(JSON.stringify(item)) ?? null,
        cancel: AbortSignal.any([stops.cancel, stops.leave]),
        onTry(nth) {
          if (!shown) return;
          text.end();
          attempt = (how.attempt - 1) * maxTries * order.length + nth;
          const current = attempt;
          // An empty piece clears what an earlier attempt has shown.
          if (attempt > 1) publish(current, '');
          text = createLiveText(live, (piece) => publish(current, piece));
        },
        onText: (piece) => text.push(piece),
      });
    } finally {
      text.end();
    }
  };
}

/**
 * The model as the SDK's loop sees it: every call is the effect `model:<n>` (I4). The loop asks for whole answers; the
 * words on their way go to the live fan-out from here, and the answer is let through only when the journal has it.
 */
export function journaledModel(
  askModels: ReturnType<typeof askLive>,
  context: AgentContext,
  past: PastSteps,
  stops: Stops,
  budget: Budget,
): Model {
  const requests = new RequestLog();
  const steering = createSteering(context, past, stops);
  const usedIds = new Set(past.usedIds);
  let calls = past.start?.step ?? 0;
  let adopting = past.start;

  const ask = async (
    request: ModelRequest,
    step: number,
    how: Performance,
  ): Promise<Performed<ModelReceipt>> => {
    try {
      const answer = await askModels(`model:${step}`, request, how, true);
      return {
        outcome: 'done',
        result: { ...answer, output: normaliseOutput(answer.output, step, usedIds) },
      };
    } catch (error) {
      if (stops.leave.aborted || !(error instanceof DeckhandError)) throw error;
      const { code, message } = error;
      return {
        outcome: stops.cancel.aborted ? 'interrupted' : 'failed',
        result: { error: { code, message } },
      };
    }
  };

  const getResponse = async (loops: ModelRequest): Promise<ModelResponse> => {
    while (past.skipped.has(calls)) calls += 1;
    const step = calls;
    calls += 1;
    const key = `model:${step}`;
    if (adopting) {
      requests.adopt(key, loops, adopting.request);
      requests.answered(adopting.answer.output);
      const { answer } = adopting;
      adopting = null;
      return { output: answer.output, usage: usageOf(answer), responseId: answer.responseId };
    }
    try {
      const request = await steering.join(step, loops);
      const spec = {
        key,
        kind: 'model',
        title: `ask ${context.harness.model.name}`,
        request: requests.compact(key, request),
      } as const;
      if (!context.journal.settled(key)) {
        stops.check();
        budget.check();
      }
      const { result } = await context.journal.effect(spec, (how) => ask(request, step, how));
      if ('error' in result) throw recorded(result.error);
      for (const item of result.output) if (item.type === 'function_call') usedIds.add(item.callId);
      noteOrigins(past.origins, result);
      budget.spent(result);
      requests.answered(result.output);
      return { output: result.output, usage: usageOf(result), responseId: result.responseId };
    } catch (error) {
      throw stops.halt(error);
    }
  };

  return {
    getResponse,
    getStreamedResponse() {
      throw new TypeError('the agent loop asks for whole answers; the words are streamed from here');
    },
  };
}

/** The error that a receipt holds, the same in every run. */
function recorded({ code, message }: { code: string; message: string }): DeckhandError {
  return new DeckhandError(code, message, { blame: code.startsWith('model.') ? 'provider' : 'asker' });
}

function usageOf({ usage }: ModelAnswer): Usage {
  const { inputTokens, outputTokens } = usage;
  return new Usage({ requests: 1, inputTokens, outputTokens, totalTokens: inputTokens + outputTokens });
}
