import { DeckhandError } from '#core/errors.ts';
import { sha256 } from '#core/events/canonical.ts';
import { faultsOfPlace } from '#core/policy/parse.ts';
import { type Fault, readYaml } from '#core/yaml/read-yaml.ts';
import {
  type TemplateDocument,
  type TemplateLayer,
  type TemplateVersion,
  templateDocument,
} from './document.ts';
import { faultsOfServers } from './mcp.ts';
import { ownTools } from './tools.ts';

/** Whose document is being read, and which version of it. */
export interface TemplatePlace {
  layer: TemplateLayer;
  version: number;
}

/**
 * Reads a layer's template, YAML or JSON.
 * @throws {DeckhandError} `template.invalid`: every fault with its line and what would be right
 */
export function parseTemplate(text: string, place: TemplatePlace): TemplateVersion {
  const read = readYaml(text, {
    schema: templateDocument,
    unknownKey: 'is not a word that templates know here',
    judge: (document) => judge(document, place),
  });
  if (read.ok) return { ...place, hash: sha256(text), document: read.value };
  throw new DeckhandError(
    'template.invalid',
    `This template has mistakes; nothing was changed.\n${read.faults.join('\n')}`,
    { blame: 'asker' },
  );
}

/** What the words mean together: tools that exist, nothing both offered and refused, a policy that only narrows. */
function judge({ tools, policy, mcp }: TemplateDocument, { layer }: TemplatePlace): Fault[] {
  const faults: Fault[] = [];
  for (const part of ['allow', 'deny', 'ask'] as const) {
    tools?.[part]?.forEach((name, index) => {
      if (name.includes('__') || ownTools.some((own) => own === name)) return;
      const message = `is no tool; Deckhand's own are ${ownTools.join(', ')}, those of a server are written server__tool`;
      faults.push({ path: ['tools', part, index], message });
    });
  }
  tools?.allow?.forEach((name, index) => {
    if (tools.deny.includes(name))
      faults.push({ path: ['tools', 'allow', index], message: 'also stands under deny; write it in one' });
  });
  const misplaced = policy ? faultsOfPlace(policy, { layer: 'template', version: 0 }) : [];
  if (mcp) faults.push(...faultsOfServers(mcp, layer));
  return [...faults, ...misplaced.map(({ path, message }) => ({ path: ['policy', ...path], message }))];
}
