import type { AgentOutputItem, Model, ModelRequest } from '@openai/agents';
import { DeckhandError } from '#core/errors.ts';
import { orAborted } from '../stops.ts';
import { modelFault, retryDelayMs, timeOut, tooBusyFor } from './faults.ts';

/** A model's whole answer, as the journal keeps it. */
export interface ModelAnswer {
  output: AgentOutputItem[];
  usage: { inputTokens: number; outputTokens: number };
  responseId?: string;
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
}

export const maxTries = 4;
/** Waiting between tries, in sum. */
const maxWaitMs = 30_000;
const defaultSilenceMs = 120_000;

/**
 * Asks a model and waits for its whole answer; what is likely to pass is tried again.
 * @throws {DeckhandError} `model.*`; the reason of `cancel` when that comes first.
 */
export async function askModel(model: Model, request: ModelRequest, asking: Asking): Promise<ModelAnswer> {
  let waitedMs = 0;
  for (let nth = 1; ; nth += 1) {
    asking.cancel.throwIfAborted();
    asking.onTry(nth);
    try {
      return await askOnce(model, request, asking);
    } catch (error) {
      asking.cancel.throwIfAborted();
      const fault = modelFault(error);
      const delayMs = retryDelayMs(error, asking.firstWaitMs ?? 500, nth);
      waitedMs += delayMs;
      if (!fault.retryable || nth === maxTries) throw fault;
      if (waitedMs > maxWaitMs)
        throw fault.code === 'model.rate_limited' ? tooBusyFor(delayMs, error) : fault;
      await pause(delayMs, asking.cancel);
    }
  }
}

async function askOnce(model: Model, request: ModelRequest, asking: Asking): Promise<ModelAnswer> {
  const silenceMs = asking.silenceMs ?? defaultSilenceMs;
  const silence = new AbortController();
  const signal = AbortSignal.any([asking.cancel, silence.signal]);
  const hush = setTimeout(() => silence.abort(timeOut(silenceMs)), silenceMs);
  const events = model.getStreamedResponse({ ...request, signal })[Symbol.asyncIterator]();
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
        answer = {
          output: output as AgentOutputItem[],
          usage: { inputTokens, outputTokens },
          responseId: id,
        };
      }
    }
    return whole(answer);
  } finally {
    clearTimeout(hush);
    // Frees the connection of a stream that was left early; a stream that hangs must not hold us.
    events.return?.()?.then(undefined, () => {});
  }
}

/** An answer without words and calls would make the loop ask again and again. */
function whole(answer: ModelAnswer | undefined): ModelAnswer {
  const says = answer?.output.some((item) => item.type === 'message' || item.type === 'function_call');
  if (answer && says) return answer;
  throw new DeckhandError(
    'model.rubbish',
    answer
      ? 'The model answered with nothing. Ask again in other words; if it stays so, an administrator must check OPENAI_BASE_URL and OPENAI_API.'
      : 'The model provider broke off in the middle of its answer. Ask again.',
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
