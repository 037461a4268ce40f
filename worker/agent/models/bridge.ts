import type { Model, ModelRequest } from '@openai/agents';
import { DeckhandError } from '#core/errors.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Provider, ProviderWords } from './provider.ts';

/** A provider's client for the AI SDK: which package brings it, and how a model is opened with it. */
interface Bridge {
  words: ProviderWords;
  package: keyof typeof packageJson.devDependencies;
  open(settings: BridgeSettings): Promise<(model: string) => Parameters<Aisdk>[0]>;
}

type Aisdk = typeof import('@openai/agents-extensions/ai-sdk')['aisdk'];

export interface BridgeSettings {
  /** For Bedrock: a Bedrock API key. */
  apiKey: string;
  /** Empty: the provider's own. */
  baseUrl?: string;
  /** Bedrock only. */
  region?: string;
}

export type BridgeName = keyof typeof bridges;

const wordsFor = (label: string, prefix: string): ProviderWords => ({
  label,
  key: `${prefix}_API_KEY`,
  address: `${prefix}_BASE_URL`,
  model: 'DECKHAND_MODELS',
});

const bridges = {
  anthropic: {
    words: wordsFor('Anthropic', 'ANTHROPIC'),
    package: '@ai-sdk/anthropic',
    open: async ({ apiKey, baseUrl }) => {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic({ apiKey, ...(baseUrl ? { baseURL: baseUrl } : {}) });
    },
  },
  google: {
    words: wordsFor('Google', 'GOOGLE'),
    package: '@ai-sdk/google',
    open: async ({ apiKey, baseUrl }) => {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      return createGoogleGenerativeAI({ apiKey, ...(baseUrl ? { baseURL: baseUrl } : {}) });
    },
  },
  mistral: {
    words: wordsFor('Mistral', 'MISTRAL'),
    package: '@ai-sdk/mistral',
    open: async ({ apiKey, baseUrl }) => {
      const { createMistral } = await import('@ai-sdk/mistral');
      return createMistral({ apiKey, ...(baseUrl ? { baseURL: baseUrl } : {}) });
    },
  },
  bedrock: {
    words: wordsFor('Amazon Bedrock', 'BEDROCK'),
    package: '@ai-sdk/amazon-bedrock',
    open: async ({ apiKey, baseUrl, region = 'us-east-1' }) => {
      const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
      return createAmazonBedrock({ apiKey, region, ...(baseUrl ? { baseURL: baseUrl } : {}) });
    },
  },
} satisfies Record<string, Bridge>;

const extensions = '@openai/agents-extensions';

/** A provider that the Agents SDK reaches through the AI SDK. Its packages are optional: loaded when first asked. */
export function bridgeProvider(name: BridgeName, settings: BridgeSettings): Provider {
  const bridge: Bridge = bridges[name];
  return {
    name,
    api: 'ai-sdk',
    words: bridge.words,
    open: async (model) => {
      const [aisdk, client] = await Promise.all([
        import('@openai/agents-extensions/ai-sdk').then((loaded) => loaded.aisdk),
        bridge.open(settings),
      ]).catch((error: unknown) => {
        throw notInstalled(name, error);
      });
      // The bridge is written for another release of the SDK, whose `Model` is the same in all that is called.
      return aisdk(client(model)) as unknown as Model;
    },
    adapt: forBridge,
  };
}

/** Effort is a call option of the AI SDK's own; `store` is OpenAI's. */
function forBridge(request: ModelRequest): ModelRequest {
  const { store: _, reasoning, ...settings } = request.modelSettings;
  const effort = reasoning?.effort && mayThink(request) ? { reasoning: reasoning.effort } : {};
  return {
    ...request,
    modelSettings: { ...settings, providerData: { ...settings.providerData, ...effort } },
  };
}

/**
 * Anthropic refuses to think in the middle of a tool loop that was begun without thoughts, or whose thoughts are another
 * model's and so were left out.
 */
function mayThink({ input }: ModelRequest): boolean {
  if (typeof input === 'string') return true;
  const loop = input.slice(input.findLastIndex((item) => 'role' in item && item.role === 'user') + 1);
  const called = loop.findIndex((item) => item.type === 'function_call');
  return called === -1 || loop.slice(0, called).some((item) => item.type === 'reasoning');
}

/** A package that is missing, in words that help; anything else as it is. */
export function notInstalled(bridge: BridgeName, cause: unknown): unknown {
  const { words, package: name } = bridges[bridge];
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (code !== 'ERR_MODULE_NOT_FOUND') return cause;
  const { devDependencies: versions } = packageJson;
  const message = `${words.label} needs two optional packages that are not installed. An administrator runs: npm install ${extensions}@${versions[extensions]} ${name}@${versions[name]}`;
  return new DeckhandError('model.not_installed', message, { blame: 'provider', cause });
}
