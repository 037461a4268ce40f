import { DeckhandError } from '#core/errors.ts';
import { type Fault, readYaml } from '#core/yaml/read-yaml.ts';
import { type LayerName, type Policy, policyDocument } from './document.ts';

/**
 * Whose document is being read; `ranges` are the names that the system's document defines. `'any'` reads what was
 * taken before: a name that the system has dropped since opens nothing.
 */
export interface PolicyPlace {
  layer: LayerName;
  version: number;
  ranges?: readonly string[] | 'any';
}

type Document = Omit<Policy, 'layer' | 'version'>;

/**
 * Reads a policy, YAML or JSON.
 * @throws {DeckhandError} `policy_invalid`: every fault with its line and what would be right
 */
export function parsePolicy(text: string, place: PolicyPlace): Policy {
  const read = readYaml(text, {
    schema: policyDocument,
    unknownKey: 'is not a word that policies know here',
    judge: (document) => faultsOfPlace(document, place),
  });
  if (!read.ok) throw invalid(read.faults);
  return { ...read.value, layer: place.layer, version: place.version };
}

/** What a layer may not say: networks are opened by who runs them, and what cannot be read cannot be judged. */
export function faultsOfPlace(policy: Document, place: PolicyPlace): Fault[] {
  const { layer } = place;
  const faults: Fault[] = [];
  const add = (path: Fault['path'], message: string) => faults.push({ path, message });
  if (layer !== 'system' && Object.keys(policy.ranges).length > 0) {
    add(['ranges'], 'only the system policy defines ranges; name them in rules');
  }
  if ((layer === 'user' || layer === 'template') && policy.domains.length > 0) {
    add(['domains'], 'only the system and workspace policies name domains');
  }
  const known = layer === 'system' ? Object.keys(policy.ranges) : (place.ranges ?? []);
  policy.rules.forEach((rule, index) => {
    const at = ['rules', index];
    if (rule.effect === 'allow' && rule.passthrough && (rule.methods || rule.paths)) {
      add([...at, 'passthrough'], 'what passes through is not read: leave methods and paths out');
    }
    if (rule.effect === 'deny' || !rule.ranges) return;
    if (layer === 'user' || layer === 'template') {
      add([...at, 'ranges'], 'only the system and workspace policies open ranges');
    }
    if (known === 'any') return;
    const missing = rule.ranges.filter((name) => !known.includes(name));
    if (missing.length > 0) {
      add(
        [...at, 'ranges'],
        `${missing.join(', ')} is not defined; the ranges are ${known.join(', ') || 'none'}`,
      );
    }
  });
  return faults;
}

function invalid(faults: string[]): DeckhandError {
  return new DeckhandError(
    'policy_invalid',
    `This policy has mistakes; nothing was changed.\n${faults.join('\n')}`,
    {
      blame: 'asker',
    },
  );
}
