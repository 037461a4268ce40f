import type { AgentOutputItem, Model, ModelRequest } from '@openai/agents';
import { DeckhandError } from '#core/errors.ts';
import type { ModelRef } from '#core/events/types.ts';
import type { CallUsage } from '#core/usage/types.ts';
import { orAborted } from '../stops.ts';
import { modelFault, retryDelayMs, timeOut, tooBusyFor } from './faults.ts';
import { openaiWords, type ProviderWords } from './provider.ts';

/** A model's whole answer, as the journal keeps it. */
export interface ModelAnswer {
  output: AgentOutputItem[];
  usage: CallUsage;
  responseId?: string;
  /** Which model it came from; missing where there was only one to ask. */
  model?: ModelRef;
}

export interface Asking {
  cancel: AbortSignal;
  /** Called before each try, counted from 1; the words of the try before it are void. */
  onTry(nth: number): void;
  onText(text: string): void;
  /** The model may be silent for this long, in ms. */
  silenceMs?: number;
  /** Before the second try, in ms; doubled each time, unless the provider asks for a wait of its own. */
  firstWaitMs?: number;
  /** Waiting between tries, in sum, in ms. */
  maxWaitMs?: number;
  /** How people are told of this provider. */
  words?: ProviderWords;
  /** Waits for a place at the provider before each try; what it gives returns the place. */
  enter?(): Promise<() => void>;
  /** The provider asked for a pause, in ms. */
  onBusy?(ms: number): void;
}

export const maxTries = 4;
const defaultMaxWaitMs = 30_000;
const defaultSilenceMs = 120_000;

/**
 * Asks a model and waits for its whole answer; what is likely to pass is tried again.
 * @throws {DeckhandError} `model.*`; the reason of `cancel` when that comes first.
 */
export async function askModel(model: Model, request: ModelRequest, asking: Asking): Promise<ModelAnswer> {
  const { words = openaiWords, maxWaitMs = defaultMaxWaitMs } = asking;
  let waitedMs = 0;
  for (let nth = 1; ; nth += 1) {
    asking.cancel.throwIfAborted();
    // A place is held while the model answers, not while we wait to ask it again.
    const leave = await asking.enter?.();
    try {
      asking.onTry(nth);
      return await askOnce(model, request, asking, words);
    } catch (error) {
      asking.cancel.throwIfAborted();
      const fault = modelFault(error, words);
      const delayMs = retryDelayMs(error, asking.firstWaitMs ?? 500, nth);
      if (fault.code === 'model.rate_limited' && fault.retryable)
        asking.onBusy?.(Math.min(delayMs, maxWaitMs));
      leave?.();
      waitedMs += delayMs;
      if (!fault.retryable || nth === maxTries) throw fault;
      if (waitedMs > maxWaitMs)
        throw fault.code === 'model.rate_limited' ? tooBusyFor(delayMs, error, words) : fault;
      await pause(delayMs, asking.cancel);
    } finally {
      leave?.();
    }
  }
}

async function askOnce(
  model: Model,
  request: ModelRequest,
  asking: Asking,
  words: ProviderWords,
): Promise<ModelAnswer> {
  const silenceMs = asking.silenceMs ?? defaultSilenceMs;
  const silence = new AbortController();
  const signal = AbortSignal.any([asking.cancel, silence.signal]);
  const events = model.getStreamedResponse({ ...request, signal })[Symbol.asyncIterator]();
  // Behind the call: one that throws at once must leave no clock running.
  const hush = setTimeout(() => silence.abort(timeOut(silenceMs, words)), silenceMs);
  try {
    let answer: ModelAnswer | undefined;
    for (;;) {
      const { done, value: event } = await orAborted(events.next(), signal);
      if (done) break;
      hush.refresh();
      if (event.type === 'output_text_delta') asking.onText(event.delta);
      if (event.type === 'response_done') {
        const { id, output, usage } = event.response;
        const { inputTokens, outputTokens } = usage;
        const cachedInputTokens = cachedOf(usage.inputTokensDetails);
        answer = {
          output: output as AgentOutputItem[],
          usage: { inputTokens, outputTokens, ...(cachedInputTokens > 0 ? { cachedInputTokens } : {}) },
          responseId: id,
        };
      }
    }
    return whole(answer, words);
  } finally {
    clearTimeout(hush);
    // Frees the connection of a stream that was left early; a stream that hangs must not hold us.
    events.return?.()?.then(undefined, () => {});
  }
}

/** An answer without words and calls would make the loop ask again and again. */
function whole(answer: ModelAnswer | undefined, words: ProviderWords): ModelAnswer {
  const says = answer?.output.some((item) => item.type === 'message' || item.type === 'function_call');
  if (answer && says) return answer;
  throw new DeckhandError(
    'model.rubbish',
    answer
      ? `The model answered with nothing. Ask again in other words; if it stays so, an administrator must check ${words.address} and ${words.model}.`
      : `${words.label} broke off in the middle of its answer. Ask again.`,
    { blame: 'provider', retryable: answer === undefined },
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await orAborted(over, signal);
  } finally {
    clearTimeout(timer);
  }
}

function cachedOf(details: unknown): number {
  const found = (Array.isArray(details) ? details : [details]).map((one: unknown) =>
    typeof one === 'object' && one !== null && 'cached_tokens' in one ? Number(one.cached_tokens) : 0,
  );
  return found.reduce((sum, tokens) => sum + Math.max(tokens, 0), 0);
}
