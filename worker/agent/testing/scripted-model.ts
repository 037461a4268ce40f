import type { AgentOutputItem, Model, ModelRequest, StreamEvent } from '@openai/agents';

/** One answer of a model, or an error instead. */
export type Scripted = AgentOutputItem[] | Error;

type OutputItems = Extract<StreamEvent, { type: 'response_done' }>['response']['output'];

/**
 * A model that gives answers by the number of its earlier answers in the request, so that asking it again gives the
 * same. `requests` keeps what it was asked.
 */
export function scriptedModel(script: readonly Scripted[]): Model & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    requests,
    async getResponse() {
      throw new TypeError('only streams are asked for');
    },
    async *getStreamedResponse(request) {
      requests.push(structuredClone({ ...request, signal: undefined }));
      const next = script[answersIn(request)] ?? [say('The script has ended.')];
      yield { type: 'response_started' };
      if (next instanceof Error) throw next;
      for (const item of next)
        if (item.type === 'message') yield { type: 'output_text_delta', delta: textOf(item) };
      const usage = { inputTokens: 10, outputTokens: 2, totalTokens: 12 };
      yield { type: 'response_done', response: { id: 'resp_test', output: next as OutputItems, usage } };
    },
  };
}

export function say(text: string): AgentOutputItem {
  return {
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text }],
  };
}

export function callTool(name: string, args: unknown, callId: string): AgentOutputItem {
  const text = typeof args === 'string' ? args : JSON.stringify(args);
  return { type: 'function_call', callId, name, arguments: text, status: 'completed' };
}

/** Runs of results between the user's message and the end: one for each answer that called tools. */
function answersIn(request: ModelRequest): number {
  const items = typeof request.input === 'string' ? [] : request.input;
  return items.filter(
    (item, index) =>
      item.type === 'function_call_result' && items[index + 1]?.type !== 'function_call_result',
  ).length;
}

function textOf(item: AgentOutputItem): string {
  if (item.type !== 'message' || typeof item.content === 'string') return '';
  return item.content.map((part) => ('text' in part ? part.text : '')).join('');
}
