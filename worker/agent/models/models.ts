import type { Model } from '@openai/agents';
import { DeckhandError } from '#core/errors.ts';
import type { Harness } from '#core/events/types.ts';
import { demoModel } from './demo.ts';
import { openaiModel } from './openai.ts';

export type ModelRef = Harness['model'];

/** The models an agent may be given. */
export interface Models {
  /** What turns that start now are given. */
  readonly current: ModelRef;
  /**
   * The model that a turn was started with.
   * @throws {DeckhandError} `model.unknown` when it is not set up here any more.
   */
  open(ref: ModelRef): Model;
}

export interface ModelSettings {
  /** Empty: the demo model answers. */
  apiKey?: string;
  /** Empty: OpenAI's own. */
  baseUrl?: string;
  model: string;
  api: 'responses' | 'chat';
  /** Between the pieces of the demo model's answers. */
  demoPieceMs?: number;
}

const demo: ModelRef = { provider: 'demo', name: 'demo', api: 'none' };

/** The models that these settings give; the demo model is always among them. */
export function createModels(settings: ModelSettings): Models {
  const { apiKey, baseUrl, model, api, demoPieceMs } = settings;
  const real = apiKey ? openaiModel({ apiKey, baseUrl, api }) : null;
  return {
    current: real ? { provider: 'openai', name: model, api } : demo,
    open(ref) {
      if (ref.provider === 'demo') return demoModel({ pieceMs: demoPieceMs ?? 12 });
      if (real && ref.provider === 'openai' && ref.api === api) return real(ref.name);
      throw new DeckhandError(
        'model.unknown',
        `This turn was started with ${ref.name}, which is not set up any more. Ask again, or an administrator sets OPENAI_* as it was.`,
      );
    },
  };
}
