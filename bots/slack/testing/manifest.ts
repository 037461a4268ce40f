import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Manifest {
  features: { shortcuts: { callback_id: string }[] };
  oauth_config: { scopes: { bot: string[] } };
}

export function readManifest(): Manifest {
  return parse(readFileSync(join(import.meta.dirname, '../manifest.yaml'), 'utf8'));
}

/** What the app asks for: the contract runs with exactly these. */
export function manifestScopes(): string[] {
  return readManifest().oauth_config.scopes.bot;
}
