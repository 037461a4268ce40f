import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/** Processor time so far, in ms. */
export interface Busy {
  /** Of this process. */
  ours: number;
  /** Of the database's server on this machine, all its processes together. */
  postgres: number;
}

/** Of two moments the difference is what was used between them. */
export async function busySoFar(pool: pg.Pool): Promise<Busy> {
  const { user, system } = process.cpuUsage();
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { ours: (user + system) / 1000, postgres: msOfFamily(statOf(rows[0]?.pid ?? 0)?.parent ?? 0) };
}

/** Time of a process, of its children, and of those of them that have ended. */
function msOfFamily(pid: number): number {
  const own = statOf(pid);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? [])
    .filter(({ parent }) => parent === pid);
  return (own?.ms ?? 0) + (own?.endedMs ?? 0) + children.reduce((sum, { ms }) => sum + ms, 0);
}

/** proc(5): behind the name, fields 4 (parent), 14 to 17 (own and ended children's time in ticks of 10 ms). */
function statOf(pid: number): { parent: number; ms: number; endedMs: number } | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const at = (field: number) => fields[field - 3] ?? 0;
    return { parent: at(4), ms: 10 * (at(14) + at(15)), endedMs: 10 * (at(16) + at(17)) };
  } catch {
    // It has ended in the meantime.
    return null;
  }
}
