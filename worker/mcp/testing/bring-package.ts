import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Manifest {
  dependencies?: Record<string, string>;
}

/** Puts an installed package and all that it needs into a sandbox's `/workspace/node_modules`, as this user there. */
export async function bringPackage(name: string, container: string, uid: number): Promise<void> {
  const folders = [...closure(name)].map((folder) => relative(root, folder));
  const pack = spawn('tar', ['-C', root, '-cf', '-', ...folders], { stdio: ['ignore', 'pipe', 'inherit'] });
  const user = `${uid}:60000`;
  const unpack = spawn(
    'docker',
    ['exec', '-i', '--user', user, container, 'tar', '-C', '/workspace', '-xf', '-'],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const [[code]] = await Promise.all([once(unpack, 'exit'), pipeline(pack.stdout, unpack.stdin)]);
  if (code !== 0) throw new Error(`${name} could not be brought into the sandbox`);
}

function closure(name: string, from = root, found = new Set<string>()): Set<string> {
  const folder = folderOf(name, from);
  if (folder === null || found.has(folder)) return found;
  found.add(folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  for (const needed of Object.keys(manifest.dependencies ?? {})) closure(needed, folder, found);
  return found;
}

/** Where Node would find it from there; null: nowhere, as with what is left out on purpose. */
function folderOf(name: string, from: string): string | null {
  for (let at = from; at.startsWith(dirname(root)) && at.length >= root.length - 1; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return null;
}
