import type { LogRow } from '#core/events/log-row.ts';
import type { Loss } from './role-keeper.ts';

/** Types after which no worker holds the turn. */
const lettingGo = new Set(['turn.waiting', 'turn.finished', 'turn.cancelled']);

/**
 * For each turn that a lost worker held, how long until the turn's next event, in ms: what people waited more because
 * of the loss. `rows` are those of one session, in order.
 */
export function recoveries(rows: readonly LogRow[], losses: readonly Loss[]): number[] {
  const turns = Map.groupBy(
    rows.filter((row) => !row.type.startsWith('post.')),
    (row) => row.turnId,
  );
  const found: number[] = [];
  for (const { at, worker } of losses) {
    if (worker === null) continue;
    for (const events of turns.values()) {
      const before = events.filter((event) => Date.parse(event.at) <= at);
      const next = events[before.length];
      if (next && holderOf(before) === worker) found.push(Date.parse(next.at) - at);
    }
  }
  return found;
}

function holderOf(events: readonly LogRow[]): string | null {
  const last = events.findLast((event) => lettingGo.has(event.type) || event.epoch !== null);
  if (!last || lettingGo.has(last.type)) return null;
  const claim = events.findLast((event) => event.type === 'turn.started' || event.type === 'turn.resumed');
  return claim ? (JSON.parse(claim.body) as { worker: string }).worker : null;
}
