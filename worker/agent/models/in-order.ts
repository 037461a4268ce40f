import type { AgentInputItem, ModelRequest } from '@openai/agents';
import { DeckhandError } from '#core/errors.ts';
import type { ModelRef } from '#core/events/types.ts';
import { type Asking, askModel, type ModelAnswer } from './ask.ts';
import type { ModelGate } from './gate.ts';
import type { Models } from './models.ts';

export interface OrderedAsking extends Asking {
  models: Models;
  /** Tried one after the other. */
  order: readonly ModelRef[];
  gate: ModelGate;
  /** Whose call it is: places are given to one user after the other. */
  userId: string;
  /** Which model an item of the request came from; null: not from a model. */
  originOf(item: AgentInputItem): ModelRef | null;
}

/** Where another model follows, nobody waits long for this one. In ms. */
const waitBeforeNextMs = 5_000;

/**
 * Asks the first model that answers. The next one is tried when a model is out of reach, busy, refuses key or request,
 * or answers with rubbish; not when people stopped the turn.
 * @throws {DeckhandError} `model.*`: what the first one said, and that the others did not answer either
 */
export async function askInOrder(request: ModelRequest, asking: OrderedAsking): Promise<ModelAnswer> {
  const { order, models, gate, userId, originOf } = asking;
  const failures: { ref: ModelRef; error: DeckhandError }[] = [];
  let tries = 0;
  for (const [index, ref] of order.entries()) {
    try {
      const provider = models.provider(ref);
      const model = await provider.open(ref.name);
      const fitting = provider.adapt(withoutForeign(request, ref, originOf));
      const answer = await askModel(model, fitting, {
        ...asking,
        words: provider.words,
        ...(index < order.length - 1 ? { maxWaitMs: waitBeforeNextMs } : {}),
        onTry: () => {
          tries += 1;
          asking.onTry(tries);
        },
        enter: () => gate.enter(ref.provider, userId, asking.cancel),
        onBusy: (ms) => gate.rest(ref.provider, ms),
      });
      return { ...answer, model: ref };
    } catch (error) {
      asking.cancel.throwIfAborted();
      if (!(error instanceof DeckhandError) || !error.code.startsWith('model.')) throw error;
      failures.push({ ref, error });
    }
  }
  throw together(failures);
}

function together(failures: readonly { ref: ModelRef; error: DeckhandError }[]): DeckhandError {
  const [first, ...others] = failures;
  if (!first) throw new TypeError('there is no model to ask');
  if (others.length === 0) return first.error;
  const also = others.map(({ ref, error }) => `${ref.provider}:${ref.name}: ${error.message}`);
  const { code, message, blame, retryable } = first.error;
  return new DeckhandError(code, `${message}\nThe models after it did not answer either. ${also.join(' ')}`, {
    blame,
    retryable,
    cause: first.error,
  });
}

/**
 * What a model thought is sealed for itself, and what its provider adds to an item means nothing to another: both stay
 * out of a request to another model.
 */
function withoutForeign(
  request: ModelRequest,
  target: ModelRef,
  originOf: OrderedAsking['originOf'],
): ModelRequest {
  if (typeof request.input === 'string') return request;
  const input = request.input.flatMap((item): AgentInputItem[] => {
    const origin = originOf(item);
    if (!origin || (origin.provider === target.provider && origin.name === target.name)) return [item];
    if (item.type === 'reasoning') return [];
    const { providerData: _, id: __, ...rest } = item as { providerData?: unknown; id?: unknown };
    return [rest as AgentInputItem];
  });
  return { ...request, input };
}
