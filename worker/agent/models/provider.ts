import type { Model, ModelRequest } from '@openai/agents';

/** A provider of models that is set up here. The key lives in its client and nowhere else. */
export interface Provider {
  /** As it stands in templates and in the log: `openai`. */
  name: string;
  /** Which of its APIs is spoken; part of what a turn was started with. */
  api: string;
  words: ProviderWords;
  /** @throws {DeckhandError} `model.not_installed` */
  open(model: string): Promise<Model>;
  /** A journaled request as this provider takes it. Pure. */
  adapt(request: ModelRequest): ModelRequest;
}

/** What people are told about a provider: its name, and the settings that an administrator would look at. */
export interface ProviderWords {
  label: string;
  key: string;
  address: string;
  model: string;
}

export const openaiWords: ProviderWords = {
  label: 'The model provider',
  key: 'OPENAI_API_KEY',
  address: 'OPENAI_BASE_URL',
  model: 'OPENAI_MODEL',
};
