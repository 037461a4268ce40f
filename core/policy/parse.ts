import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { DeckhandError } from '#core/errors.ts';
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

type Path = readonly PropertyKey[];
interface Fault {
  path: Path;
  message: string;
}

/**
 * Reads a policy, YAML or JSON.
 * @throws {DeckhandError} `policy_invalid`: every fault with its line and what would be right
 */
export function parsePolicy(text: string, place: PolicyPlace): Policy {
  const lines = new LineCounter();
  const source = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const broken = source.errors.map(({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`);
  if (broken.length > 0) throw invalid(broken);

  const lineOf = (path: Path): number => lines.linePos(offsetOf(source, path)).line;
  const read = policyDocument.safeParse(plain(source));
  if (!read.success)
    throw invalid(
      spell(
        read.error.issues.flatMap((issue) => faultsOf(issue, [])),
        lineOf,
      ),
    );
  const policy: Policy = { ...read.data, layer: place.layer, version: place.version };
  const misplaced = faultsOfPlace(policy, place);
  if (misplaced.length > 0) throw invalid(spell(misplaced, lineOf));
  return policy;
}

/** What a layer may not say: networks are opened by who runs them, and what cannot be read cannot be judged. */
function faultsOfPlace(policy: Policy, place: PolicyPlace): Fault[] {
  const { layer } = place;
  const faults: Fault[] = [];
  const add = (path: Path, message: string) => faults.push({ path, message });
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

/** Of a union's branches, the complaint of the one that came furthest says the most. */
function faultsOf(issue: z.core.$ZodIssue, above: Path): Fault[] {
  const path = [
    ...above,
    ...issue.path,
    ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []),
  ];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path, message: wording(issue) }];
  const branches = issue.errors.map((branch) => branch.flatMap((one) => faultsOf(one, path)));
  return branches.toSorted((one, other) => depth(other) - depth(one))[0] ?? [];
}

function wording(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'is not a word that policies know here';
  return issue.message;
}

function depth(faults: Fault[]): number {
  return Math.max(...faults.map((fault) => fault.path.length));
}

function spell(faults: Fault[], lineOf: (path: Path) => number): string[] {
  return faults.map(({ path, message }) => `line ${lineOf(path)}: ${nameOf(path)} ${message}`);
}

function nameOf(path: Path): string {
  const dotted = path.map((step) => (typeof step === 'number' ? `[${step + 1}]` : `.${String(step)}`));
  return dotted.join('').replace(/^\./, '') || 'the document';
}

/** Where the deepest existing part of a path stands; for an entry of a map, its key. */
function offsetOf(source: ReturnType<typeof parseDocument>, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const last = path[length - 1];
    const parent = source.getIn(path.slice(0, length - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === last)
      : undefined;
    const node = pair?.key ?? source.getIn(path.slice(0, length), true);
    if (hasRange(node)) return node.range[0];
  }
  return 0;
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

/** Few aliases: a small text must not become a huge document. */
function plain(source: ReturnType<typeof parseDocument>): unknown {
  try {
    return source.toJS({ maxAliasCount: 20 });
  } catch (error) {
    throw invalid([`line 1: ${error instanceof Error ? error.message : 'the document cannot be read'}`]);
  }
}

function invalid(faults: string[]): DeckhandError {
  return new DeckhandError(
    'policy_invalid',
    `This policy was not taken; the old one stays.\n${faults.join('\n')}`,
    {
      blame: 'asker',
    },
  );
}
