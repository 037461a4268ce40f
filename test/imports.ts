import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** One file that imports another (both from the project's folder) or a package (`npm:<name>`). */
export interface Import {
  from: string;
  to: string;
}

/** The formatter gives every statement this shape, so that reading it needs no parser. */
const shapes = [
  /^import\s+(?:[\w*{][^;'"]*?\sfrom\s+)?'([^']+)'/gm,
  /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+'([^']+)'/gm,
  /\bimport\(\s*'([^']+)'\s*\)/g,
];

/** Every import of the files below these folders, of types too; Node's own modules are left out. */
export function readImports(project: string, folders: string[]): Import[] {
  const files = globSync(`{${folders.join(',')}}/**/*.{ts,js}`, {
    cwd: project,
    exclude: ['core/infra/generated/**', '**/assets/**', '**/fixtures/**'],
  });
  return files.flatMap((file) =>
    importsOf(readFileSync(join(project, file), 'utf8'), file).map((to) => ({ from: file, to })),
  );
}

/** What a file's text imports. */
export function importsOf(text: string, file: string): string[] {
  return shapes
    .flatMap((shape) => [...text.matchAll(shape)].map((match) => target(match[1] ?? '', file)))
    .filter((to) => !to.startsWith('npm:node:'));
}

function target(specifier: string, file: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier));
  if (specifier.startsWith('#')) return specifier.slice(1);
  const parts = specifier.split('/');
  return `npm:${specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]}`;
}

/** Rings of files that import each other, each told once. */
export function findCycles(imports: Import[]): string[] {
  const next = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) cycles.push([...path.slice(at), file].join(' → '));
    if (at >= 0 || done.has(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return cycles;
}
