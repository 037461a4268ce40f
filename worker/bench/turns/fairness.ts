import { finishWell, newWorker, sayAccepted } from '#core/testing/core.ts';
import { atOnce } from './at-once.ts';
import type { Place } from './place.ts';

export interface Fairness {
  /** Jain's index over what each person was served until the last of the light ones was done. */
  jain: number;
  /** Wait from submission to claim, in ms, of each light person. */
  lightWaitsMs: number[];
  inversions: number;
}

const workers = 4;

/** One person queues `heavy` turns in 50 threads; then 99 others ask once each, while turns are claimed and ended. */
export async function measureFairness({ core }: Place, heavy: number): Promise<Fairness> {
  await atOnce(heavy, (n) => sayAccepted(core, `heavy${n % 50}`, { by: 'heavy' }));
  const light = Array.from({ length: 99 }, (_, n) => `light${n}`);
  const names = new Map<string, string>();
  const submitted = new Map<string, number>();
  for (const by of light) {
    const { turnId } = await sayAccepted(core, by, { by });
    names.set(turnId, by);
    submitted.set(by, performance.now());
  }
  const served = new Map<string, number>([['heavy', 0], ...light.map((by) => [by, 0] as const)]);
  const lightWaitsMs: number[] = [];
  const lastSeq = new Map<string, number>();
  let inversions = 0;
  const work = async () => {
    const worker = await newWorker(core);
    while (lightWaitsMs.length < light.length) {
      const claim = await core.claims.claim(worker);
      if (!claim) return;
      const by = names.get(claim.turnId) ?? 'heavy';
      served.set(by, (served.get(by) ?? 0) + 1);
      const began = submitted.get(by);
      if (began !== undefined) lightWaitsMs.push(performance.now() - began);
      const seq = (await core.turns.byId(claim.turnId))?.seq ?? 0;
      if (seq <= (lastSeq.get(claim.sessionId) ?? 0)) inversions += 1;
      lastSeq.set(claim.sessionId, seq);
      await finishWell(core, claim);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return { jain: jainIndex([...served.values()]), lightWaitsMs, inversions };
}

/** 1: everybody is served alike; 1/n: one person is served alone (Jain, Chiu, Hawe 1984). */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  return squares === 0 ? 1 : sum ** 2 / (shares.length * squares);
}
