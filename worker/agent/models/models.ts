import { DeckhandError } from '#core/errors.ts';
import type { ModelRef } from '#core/events/types.ts';
import { type BridgeName, bridgeProvider } from './bridge.ts';
import { demoModel } from './demo.ts';
import { azureProvider, openaiProvider } from './openai.ts';
import { openaiWords, type Provider } from './provider.ts';

/** The models an agent may be given. */
export interface Models {
  /** What turns that start now are given unless their template says otherwise, in the order in which they are tried. */
  readonly order: readonly [ModelRef, ...ModelRef[]];
  /**
   * Those that a template names (`provider:model`) and that are set up, in its order; null: the order above.
   * @throws {DeckhandError} `model.not_set_up` when none of them is
   */
  choose(words: readonly string[] | null): [ModelRef, ...ModelRef[]];
  /** Is its provider set up here, and spoken to as then? */
  has(ref: ModelRef): boolean;
  /** @throws {DeckhandError} `model.unknown` when it is not set up here any more. */
  provider(ref: ModelRef): Provider;
}

interface Access {
  apiKey: string;
  baseUrl?: string;
}

export interface ModelSettings {
  /** Without it the demo model answers, unless `order` names another. */
  openai?: { apiKey: string; baseUrl?: string; model: string; api: 'responses' | 'chat' };
  azure?: Required<Access>;
  /** A second server that speaks Chat Completions. */
  compatible?: Required<Access>;
  anthropic?: Access;
  google?: Access;
  mistral?: Access;
  bedrock?: Access & { region: string };
  /** `provider:model`, in the order in which they are tried. Empty: `openai` with its model. */
  order?: readonly string[];
  /** Between the pieces of the demo model's answers. */
  demoPieceMs?: number;
}

const demo: ModelRef = { provider: 'demo', name: 'demo', api: 'none' };

/**
 * The models that these settings give; the demo model is always among them.
 * @throws {DeckhandError} `config.invalid` when the order names a provider that is not set up
 */
export function createModels(settings: ModelSettings): Models {
  const providers = new Map(providersOf(settings).map((provider) => [provider.name, provider]));
  const find = (word: string): ModelRef | null => {
    const [name = '', ...rest] = word.split(':');
    const provider = providers.get(name);
    return provider && rest.length > 0 ? { provider: name, name: rest.join(':'), api: provider.api } : null;
  };
  const named = settings.order ?? [];
  const missing = named.filter((word) => !find(word));
  if (missing.length > 0) throw notSetUp('config.invalid', 'DECKHAND_MODELS', missing, providers);
  const own = settings.openai ? find(`openai:${settings.openai.model}`) : null;
  const [first = own ?? demo, ...rest] = named.flatMap((word) => find(word) ?? []);
  const order = [first, ...rest] as const;

  return {
    order,
    choose(words) {
      if (words === null) return [...order];
      const [chosen, ...others] = words.flatMap((word) => find(word) ?? []);
      if (chosen) return [chosen, ...others];
      throw notSetUp('model.not_set_up', 'This template', words, providers);
    },
    has: (ref) => providers.get(ref.provider)?.api === ref.api,
    provider(ref) {
      const provider = providers.get(ref.provider);
      if (provider?.api === ref.api) return provider;
      throw new DeckhandError(
        'model.unknown',
        `This turn was started with ${ref.name}, which is not set up any more. Ask again, or an administrator sets the models as they were.`,
      );
    },
  };
}

function providersOf(settings: ModelSettings): Provider[] {
  const { openai, azure, compatible, demoPieceMs } = settings;
  const found: Provider[] = [demoProvider(demoPieceMs ?? 12)];
  if (openai) found.push(openaiProvider(openai));
  if (azure) found.push(azureProvider(azure));
  if (compatible) {
    const words = {
      label: 'The second model server',
      key: 'COMPATIBLE_API_KEY',
      address: 'COMPATIBLE_BASE_URL',
      model: 'DECKHAND_MODELS',
    };
    found.push(openaiProvider({ ...compatible, api: 'chat' }, 'compatible', words));
  }
  for (const name of ['anthropic', 'google', 'mistral', 'bedrock'] satisfies BridgeName[]) {
    const access = settings[name];
    if (access) found.push(bridgeProvider(name, access));
  }
  return found;
}

function demoProvider(pieceMs: number): Provider {
  return {
    name: 'demo',
    api: 'none',
    words: openaiWords,
    open: async () => demoModel({ pieceMs }),
    adapt: (request) => request,
  };
}

function notSetUp(
  code: string,
  who: string,
  words: readonly string[],
  providers: ReadonlyMap<string, Provider>,
): DeckhandError {
  return new DeckhandError(
    code,
    `${who} asks for ${words.join(', ')}. Write provider:model; set up here are the providers ${[...providers.keys()].join(', ')}. An administrator adds one by its key in .env.`,
    { blame: 'provider' },
  );
}
