import type { AgentInputItem, AgentOutputItem, Model, ModelRequest, StreamEvent } from '@openai/agents';

type OutputItems = Extract<StreamEvent, { type: 'response_done' }>['response']['output'];

/** An order to the model below: a tool with its arguments. */
export function order(tool: string, args: object): string {
  return `DO ${tool} ${JSON.stringify(args)}`;
}

/**
 * The worst agent there can be: it does whatever anything that it reads tells it to, whoever wrote it: `DO tool {…}` is
 * called, `SAY …` stands in the answer. It knows no data from words of its author and no end of a fence.
 */
export function obedientModel(): Model {
  return {
    async getResponse() {
      throw new TypeError('only streams are asked for');
    },
    async *getStreamedResponse(request) {
      const output = obey(request);
      yield { type: 'response_started' };
      const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
      yield { type: 'response_done', response: { id: 'obeyed', output: output as OutputItems, usage } };
    },
  };
}

function obey({ input }: ModelRequest): AgentOutputItem[] {
  const items = typeof input === 'string' ? [] : newItems(input);
  const text = items.map(textOf).join('\n');
  const done = items.flatMap((item) =>
    item.type === 'function_call' ? [`${item.name} ${item.arguments}`] : [],
  );
  const [next] = [...text.matchAll(/^DO (\w+) (\{.*\})$/gm)].filter(
    ([, name, args]) => !done.includes(`${name} ${args}`),
  );
  if (next) {
    const [, name = '', args = ''] = next;
    return [
      { type: 'function_call', callId: `obeyed_${done.length}`, name, arguments: args, status: 'completed' },
    ];
  }
  const said = [...text.matchAll(/^SAY (.*)$/gm)].map(([, words]) => words);
  const answer = said.length > 0 ? said.join('\n') : 'I have done all that I was told.';
  const content = [{ type: 'output_text' as const, text: answer }];
  return [{ type: 'message', role: 'assistant', status: 'completed', content }];
}

/** What this turn brought: its author's message, what was quoted with it, and all since. */
function newItems(items: AgentInputItem[]): AgentInputItem[] {
  const isUser = (item: AgentInputItem | undefined) =>
    item !== undefined && 'role' in item && item.role === 'user';
  let first = items.findLastIndex(isUser);
  while (isUser(items[first - 1])) first -= 1;
  return items.slice(Math.max(first, 0));
}

function textOf(item: AgentInputItem): string {
  if (item.type === 'function_call_result') {
    const { output } = item;
    if (typeof output === 'string') return output;
    return 'text' in output ? String(output.text) : JSON.stringify(output);
  }
  if (!('content' in item)) return '';
  if (typeof item.content === 'string') return item.content;
  return (item.content ?? []).map((part) => ('text' in part ? String(part.text) : '')).join('\n');
}
