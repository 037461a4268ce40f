import type { LogRow } from '#core/events/log-row.ts';
import { query } from '#core/infra/postgres/query.ts';
import type { Loss } from './role-keeper.ts';

/** A worker's turns at the moment it was lost. */
export interface Held {
  /** Unix time in ms. */
  at: number;
  turnIds: string[];
}

/** From loss to sweep the database still says whose turns they are; asked again while it lets nobody in, for 5 s. */
export async function heldAt(databaseUrl: string, { at, worker }: Loss): Promise<Held> {
  while (worker !== null && Date.now() < at + 5_000) {
    const text = `SELECT id FROM turn WHERE worker_id = '${worker}' AND state = 'running'`;
    const rows = await query(databaseUrl, text).catch(() => null);
    if (rows) return { at, turnIds: rows.map(({ id }) => String(id)) };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { at, turnIds: [] };
}

/**
 * For each turn that a lost worker held, how long until the turn's next event, in ms: what people waited more because
 * of the loss. When its next worker is lost too before it writes, the time counts from that loss.
 */
export function recoveries(rows: readonly LogRow[], losses: readonly Held[]): number[] {
  const found = new Map<LogRow, number>();
  for (const { at, turnIds } of losses) {
    for (const turnId of turnIds) {
      const next = rows.find(
        (row) => row.turnId === turnId && !row.type.startsWith('post.') && Date.parse(row.at) > at,
      );
      if (next)
        found.set(next, Math.min(found.get(next) ?? Number.POSITIVE_INFINITY, Date.parse(next.at) - at));
    }
  }
  return [...found.values()];
}
