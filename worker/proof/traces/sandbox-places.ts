import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where something could lie in a sandbox, as its host's root user sees it. */
export interface SandboxPlaces {
  /** What the engine shows of it. */
  inspect: string;
  /** Every file that it holds beyond its image, also in memory; and what lies over the image. */
  files: string[];
  /** The memory of each of its processes, by the process's name. */
  memory: Record<string, string>;
}

/** Kernel views that hold no file of anybody's, and the image, which nobody in there can write to. */
const notKept = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'devpts', 'mqueue', 'overlay']);

export function placesOf(container: string): SandboxPlaces {
  const inspect = execFileSync('docker', ['inspect', container], { encoding: 'utf8' });
  const [shown] = JSON.parse(inspect) as [
    { State: { Pid: number }; GraphDriver: { Data: { UpperDir: string } } },
  ];
  const { Pid: first } = shown.State;
  const root = `/proc/${first}/root`;
  const files = mountsOf(first).flatMap((mount) => filesIn(join(root, mount)));
  const memory = Object.fromEntries(
    processesBeside(first).map((pid) => [`${nameOf(pid)} (${pid})`, memoryOf(pid)]),
  );
  return { inspect, files: [...files, ...filesIn(shown.GraphDriver.Data.UpperDir)], memory };
}

/** Command line and environment of every process of this machine. */
export function processesOfHost(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const read = (pid: string, what: string) => orNothing(() => readFileSync(`/proc/${pid}/${what}`, 'latin1'));
  return pids.map((pid) => `${pid}: ${read(pid, 'cmdline')}\n${read(pid, 'environ')}\n`).join('');
}

/** proc(5), mountinfo: the mount's place is the fifth field, its kind the first one behind the dash. */
function mountsOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const fields = line.split(' ');
      const kind = fields[fields.indexOf('-') + 1] ?? '';
      const place = fields[4] ?? '';
      return notKept.has(kind) || /^\/(proc|sys)\b/.test(place) ? [] : [place];
    });
}

function filesIn(path: string): string[] {
  const found = orNothing(() => statSync(path));
  if (found === '') return [];
  if (found.isFile()) return [path];
  if (!found.isDirectory()) return [];
  const entries = orNothing(() => readdirSync(path, { withFileTypes: true })) || [];
  return entries.flatMap((entry) => {
    const below = join(path, entry.name);
    return entry.isDirectory() ? filesIn(below) : entry.isFile() ? [below] : [];
  });
}

function processesBeside(pid: number): string[] {
  const space = (one: string | number) => orNothing(() => readlinkSync(`/proc/${one}/ns/pid`));
  const own = space(pid);
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && space(name) === own);
}

function nameOf(pid: string): string {
  return orNothing(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
}

/** All that may be read, but for what the kernel maps into every process and no program writes to. */
function memoryOf(pid: string): string {
  const maps = orNothing(() => readFileSync(`/proc/${pid}/maps`, 'utf8'));
  const file = orNothing(() => openSync(`/proc/${pid}/mem`, 'r'));
  if (file === '') return '';
  try {
    const areas = maps.split('\n').filter((line) => / rw/.test(line) && !/\[v/.test(line));
    return areas.map((line) => areaOf(file, line)).join('\n');
  } finally {
    closeSync(file);
  }
}

function areaOf(file: number, line: string): string {
  const [from = 0, to = 0] = (line.split(' ', 1)[0] ?? '')
    .split('-')
    .map((text) => Number.parseInt(text, 16));
  const area = Buffer.alloc(to - from);
  return orNothing(() => area.toString('latin1', 0, readSync(file, area, 0, area.length, from)));
}

/** Processes and what they hold come and go while they are looked at. */
function orNothing<T>(read: () => T): T | '' {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
