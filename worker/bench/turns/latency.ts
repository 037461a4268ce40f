import { sayAccepted } from '#core/testing/core.ts';
import { atOnce } from './at-once.ts';
import type { Place } from './place.ts';

/** Milliseconds, one for each turn. */
export interface Latencies {
  /** From the committed turn to the model's first request. */
  toModel: number[];
  /** From the committed end of the turn to its answer's post. */
  toPost: number[];
}

/** One turn after the other on an idle system; each from its own person, in its own thread. */
export async function measureIdle(place: Place, turns: number, name: string): Promise<Latencies> {
  const worker = await place.startWorker(8);
  const outbound = await place.startOutbound();
  const found: Latencies = { toModel: [], toPost: [] };
  for (let n = 0; n < turns; n += 1) {
    const asked = Promise.withResolvers<number>();
    const answered = Promise.withResolvers<number>();
    place.onModel = () => asked.resolve(performance.now());
    const ended = Promise.withResolvers<number>();
    place.onFinish = () => ended.resolve(performance.now());
    place.onAnswer = () => answered.resolve(performance.now());
    const { sessionId } = await sayAccepted(place.core, `${name}${n}`, { by: `${name}${n}` });
    const committed = performance.now();
    await place.core.bell.ring(sessionId);
    found.toModel.push((await asked.promise) - committed);
    found.toPost.push((await answered.promise) - (await ended.promise));
  }
  await outbound.stop();
  await worker.stop();
  return found;
}

/** Turns that wait while others are served: their authors have as many running as they may. */
export async function queueMany({ core }: Place, turns: number): Promise<void> {
  await atOnce(turns, (n) => sayAccepted(core, `waiting${n % 100}`, { by: `waiting${n % 10}` }));
  await core.database.pool.query(
    `UPDATE lane SET cap = 0 WHERE author_id IN (SELECT id FROM "user" WHERE name LIKE 'waiting%')`,
  );
}
