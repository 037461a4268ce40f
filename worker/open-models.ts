import type { Config } from '#core/config.ts';
import { createModels, type ModelSettings, type Models } from './agent/models/models.ts';

/** The models that the settings give. Keys go from here into the providers' clients and nowhere else. */
export function openModels(config: Config): Models {
  const settings: ModelSettings = { order: config.DECKHAND_MODELS?.split(/\s*,\s*/) ?? [] };
  const { OPENAI_API_KEY, OPENAI_BASE_URL, AZURE_OPENAI_API_KEY, AZURE_OPENAI_BASE_URL } = config;
  if (OPENAI_API_KEY || OPENAI_BASE_URL) {
    const { OPENAI_MODEL: model, OPENAI_API: api } = config;
    settings.openai = { ...access(OPENAI_API_KEY ?? noKey, OPENAI_BASE_URL), model, api };
  }
  if (AZURE_OPENAI_API_KEY && AZURE_OPENAI_BASE_URL) {
    settings.azure = { apiKey: AZURE_OPENAI_API_KEY, baseUrl: AZURE_OPENAI_BASE_URL };
  }
  if (config.COMPATIBLE_BASE_URL) {
    settings.compatible = {
      apiKey: config.COMPATIBLE_API_KEY ?? noKey,
      baseUrl: config.COMPATIBLE_BASE_URL,
    };
  }
  if (config.ANTHROPIC_API_KEY)
    settings.anthropic = access(config.ANTHROPIC_API_KEY, config.ANTHROPIC_BASE_URL);
  if (config.GOOGLE_API_KEY) settings.google = access(config.GOOGLE_API_KEY, config.GOOGLE_BASE_URL);
  if (config.MISTRAL_API_KEY) settings.mistral = access(config.MISTRAL_API_KEY, config.MISTRAL_BASE_URL);
  if (config.BEDROCK_API_KEY) {
    const region = config.BEDROCK_REGION;
    settings.bedrock = { ...access(config.BEDROCK_API_KEY, config.BEDROCK_BASE_URL), region };
  }
  return createModels(settings);
}

/** Servers on one's own machine ask for no key; the client insists on one. */
const noKey = 'none';

function access(apiKey: string, baseUrl: string | undefined) {
  return { apiKey, ...(baseUrl ? { baseUrl } : {}) };
}
