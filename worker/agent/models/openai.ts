import { OpenAIChatCompletionsModel, OpenAIResponsesModel } from '@openai/agents';
import OpenAI from 'openai';
import { openaiWords, type Provider, type ProviderWords } from './provider.ts';

export interface OpenAISettings {
  apiKey: string;
  baseUrl?: string;
  api: 'responses' | 'chat';
}

/** Until the first byte of an answer. */
const answerMs = 120_000;

/** OpenAI, or any server that speaks one of its APIs. */
export function openaiProvider(
  { apiKey, baseUrl, api }: OpenAISettings,
  name = 'openai',
  words: ProviderWords = openaiWords,
): Provider {
  return fromClient(name, api, words, {
    apiKey,
    ...(baseUrl ? { baseURL: baseUrl } : {}),
  });
}

/**
 * Azure OpenAI by its v1 API, which is OpenAI's own under another address and with the key in a header of its own; the
 * model's name is the deployment's.
 */
export function azureProvider({ apiKey, baseUrl }: { apiKey: string; baseUrl: string }): Provider {
  const words = {
    label: 'Azure OpenAI',
    key: 'AZURE_OPENAI_API_KEY',
    address: 'AZURE_OPENAI_BASE_URL',
    model: 'DECKHAND_MODELS',
  };
  return fromClient('azure', 'responses', words, {
    apiKey,
    baseURL: baseUrl,
    defaultHeaders: { 'api-key': apiKey, authorization: null },
  });
}

function fromClient(
  name: string,
  api: 'responses' | 'chat',
  words: ProviderWords,
  options: ConstructorParameters<typeof OpenAI>[0],
): Provider {
  const client = new OpenAI({
    ...options,
    // Tried again by `askModel`, which can be stopped and says so in the thread.
    maxRetries: 0,
    timeout: answerMs,
    // It would print what a broken server sent.
    logLevel: 'off',
  });
  return {
    name,
    api,
    words,
    open: async (model) =>
      api === 'responses'
        ? new OpenAIResponsesModel(client, model)
        : new OpenAIChatCompletionsModel(client, model),
    adapt: (request) => {
      const { store, ...settings } = request.modelSettings;
      // Servers that are merely compatible refuse what they do not know.
      if (api === 'chat') return { ...request, modelSettings: settings };
      // What is not stored must come back with the next request, or a model that thinks forgets its thoughts.
      const include = store === false ? { include: ['reasoning.encrypted_content'] } : {};
      const providerData = { ...settings.providerData, ...include };
      return { ...request, modelSettings: { ...request.modelSettings, providerData } };
    },
  };
}
