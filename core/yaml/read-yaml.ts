import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';

type Path = readonly PropertyKey[];

/** Something wrong at one place of a document; `message` goes on after the place's name: `should be …`. */
export interface Fault {
  path: Path;
  message: string;
}

/** What was read, or every fault with its line and what would be right. */
export type Read<T> = { ok: true; value: T } | { ok: false; faults: string[] };

export interface ReadOptions<S extends z.ZodType> {
  schema: S;
  /** What is said of a key that the schema does not know. */
  unknownKey: string;
  /** What the schema cannot say by itself; asked only when the schema is content. */
  judge?(value: z.output<S>): Fault[];
}

/** Reads a document, YAML or JSON, of people's making. Pure. */
export function readYaml<S extends z.ZodType>(text: string, options: ReadOptions<S>): Read<z.output<S>> {
  const lines = new LineCounter();
  const source = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (source.errors.length > 0) {
    return failed(source.errors.map(({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`));
  }
  const lineOf = (path: Path): number => lines.linePos(offsetOf(source, path)).line;
  let plain: unknown;
  try {
    // Few aliases: a small text must not become a huge document.
    plain = source.toJS({ maxAliasCount: 20 });
  } catch (error) {
    return failed([`line 1: ${error instanceof Error ? error.message : 'the document cannot be read'}`]);
  }
  const read = options.schema.safeParse(plain);
  const faults = read.success
    ? (options.judge?.(read.data) ?? [])
    : read.error.issues.flatMap((issue) => faultsOf(issue, [], options.unknownKey));
  if (faults.length > 0) return failed(spell(faults, lineOf));
  return { ok: true, value: read.data as z.output<S> };
}

function failed(faults: string[]): { ok: false; faults: string[] } {
  return { ok: false, faults };
}

/** Of a union's branches, the complaint of the one that came furthest says the most. */
function faultsOf(issue: z.core.$ZodIssue, above: Path, unknownKey: string): Fault[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey }));
  }
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path, message: issue.message }];
  const branches = issue.errors.map((branch) => branch.flatMap((one) => faultsOf(one, path, unknownKey)));
  return branches.toSorted((one, other) => depth(other) - depth(one))[0] ?? [];
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
