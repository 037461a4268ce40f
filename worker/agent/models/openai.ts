import { type Model, OpenAIChatCompletionsModel, OpenAIResponsesModel } from '@openai/agents';
import OpenAI from 'openai';

export interface OpenAISettings {
  apiKey: string;
  baseUrl?: string;
  api: 'responses' | 'chat';
}

/** Until the first byte of an answer. */
const answerMs = 120_000;

/** Models of OpenAI or of any server that speaks one of its APIs. The key lives in the client and nowhere else. */
export function openaiModel({ apiKey, baseUrl, api }: OpenAISettings): (name: string) => Model {
  const client = new OpenAI({
    apiKey,
    ...(baseUrl ? { baseURL: baseUrl } : {}),
    // Tried again by `askModel`, which can be stopped and says so in the thread.
    maxRetries: 0,
    timeout: answerMs,
    // It would print what a broken server sent.
    logLevel: 'off',
  });
  return (name) =>
    api === 'responses'
      ? new OpenAIResponsesModel(client, name)
      : new OpenAIChatCompletionsModel(client, name);
}
