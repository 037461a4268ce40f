import type { Model, ModelRequest, StreamEvent } from '@openai/agents';
import type { Models } from '#worker/agent/models/models.ts';
import { callTool, say } from '#worker/agent/testing/scripted-model.ts';
import { only } from '#worker/agent/testing/stage.ts';

type OutputItems = Extract<StreamEvent, { type: 'response_done' }>['response']['output'];

const usage = { inputTokens: 10, outputTokens: 2, totalTokens: 12 };

/**
 * A model that answers at once: first with so many calls of a command, one after the other, as `commands` says, then with
 * a word. It remembers nothing and copies nothing: what it costs itself is in no figure. `onRequest` is called as each
 * request reaches it.
 */
export function instantModels(onRequest: () => void, commands: () => number): Models {
  const model: Model = {
    async getResponse() {
      throw new TypeError('only streams are asked for');
    },
    async *getStreamedResponse(request) {
      onRequest();
      yield { type: 'response_started' };
      const done = resultsIn(request);
      const next =
        done < commands() ? callTool('exec_command', { cmd: `echo ${done}` }, `call_${done}`) : say('Done.');
      const output = [next] as OutputItems;
      yield { type: 'response_done', response: { id: 'resp_bench', output, usage } };
    },
  };
  return only(model);
}

function resultsIn({ input }: ModelRequest): number {
  return typeof input === 'string' ? 0 : input.filter(({ type }) => type === 'function_call_result').length;
}
