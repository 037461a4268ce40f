import type { Model } from '@openai/agents';
import type { Models } from '#worker/agent/models/models.ts';
import { say, scriptedModel } from '#worker/agent/testing/scripted-model.ts';

/** A model that answers at once; `onRequest` is called as each request reaches it. */
export function instantModels(onRequest: () => void): Models {
  const open = (): Model => {
    const model = scriptedModel([[say('Done.')]]);
    const ask = model.getStreamedResponse.bind(model);
    model.getStreamedResponse = (request) => {
      onRequest();
      return ask(request);
    };
    return model;
  };
  return { current: { provider: 'bench', name: 'instant', api: 'none' }, open };
}
