import type { Models } from '#worker/agent/models/models.ts';
import { say, scriptedModel } from '#worker/agent/testing/scripted-model.ts';
import { only } from '#worker/agent/testing/stage.ts';

/** A model that answers at once; `onRequest` is called as each request reaches it. */
export function instantModels(onRequest: () => void): Models {
  const script = [[say('Done.')]];
  return only({
    getResponse: scriptedModel(script).getResponse,
    getStreamedResponse: (request) => {
      onRequest();
      return scriptedModel(script).getStreamedResponse(request);
    },
  });
}
