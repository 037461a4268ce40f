import { type Core, openCore } from '#core/infra/open-core.ts';
import { newWorker, sayAccepted } from '#core/testing/core.ts';
import type { Claim } from '#core/turns/ports.ts';
import { openGround, slowerMs } from '../ground.ts';
import { atLeast, atMost, type Found, percentile, rounded, told } from '../metric.ts';
import { measureAppends } from './appends.ts';
import { measureFloor } from './floor.ts';
import { measureRecovery } from './recovery.ts';
import { measureVerification } from './verification.ts';

const forMs = 3_000;
const writers = 2_048;
const turnsAtOnce = 64;
const verifiedEvents = 10_000;
const steps = 200;

/** The journal beside the floor of the same machine; targets of the design, section 12. */
export async function benchJournal(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  say('a Postgres that flushes');
  const ground = await openGround(owned);
  const open = async (databaseUrl: string) => {
    const core = await openCore({ databaseUrl, redisUrl: undefined, home: ground.home, name: 'bench' });
    owned.defer(() => core.close());
    return core;
  };
  const [plain, slow] = [await open(ground.plainUrl), await open(ground.slowUrl)];

  say('as it is');
  const found = await appends(plain, ground.plainUrl, '');
  say(`with ${slowerMs} ms more for every flush`);
  found.push(...(await appends(slow, ground.slowUrl, `, flush + ${slowerMs} ms`)));
  say('verification and recovery');
  const verifyMs = rounded(await measureVerification(verifiedEvents));
  found.push(atMost({ metric: `verify ${verifiedEvents} events`, value: verifyMs, unit: 'ms' }, 1_000));
  const [claim] = await claimTurns(plain, 1, 'recovery');
  if (!claim) throw new Error('no turn to recover');
  const { cpuMs } = await measureRecovery(plain, claim, steps);
  found.push(atMost({ metric: `recovery of ${steps} steps`, value: rounded(cpuMs), unit: 'CPU ms' }, 100));
  return found;
}

async function appends(core: Core, url: string, when: string): Promise<Found[]> {
  const floor = rounded(await measureFloor(url));
  const claims = await claimTurns(core, turnsAtOnce, 'load');
  const paired = await measureAppends(core, claims, { forMs, writers, receipts: 'paired' });
  const receipts = await measureAppends(core, claims, { forMs, writers, receipts: 'only' });
  const quiet = await measureAppends(core, claims, { forMs: 1_000, writers: 1, receipts: 'paired' });
  const events = rounded(paired.eventsPerSecond);
  const unit = 'events/s';
  return [
    told({ metric: `single-row commits${when}`, value: floor, unit: 'commits/s' }),
    when === ''
      ? atLeast({ metric: 'events, half of them signed', value: events, unit }, 15_000, floor)
      : atLeast({ metric: `events, half of them signed${when}`, value: events, unit }, 8 * floor, floor),
    atLeast(
      { metric: `signed receipts${when}`, value: rounded(receipts.receiptsPerSecond), unit: 'receipts/s' },
      when === '' ? 10_000 : 8 * floor,
      floor,
    ),
    told({
      metric: `p99 append, ${writers} writers${when}`,
      value: rounded(percentile(paired.waitsMs, 0.99)),
      unit: 'ms',
    }),
    told({
      metric: `p99 append, 1 writer${when}`,
      value: rounded(percentile(quiet.waitsMs, 0.99)),
      unit: 'ms',
    }),
  ];
}

/** Turns of as many people, claimed by one worker. */
async function claimTurns(core: Core, count: number, name: string): Promise<Claim[]> {
  for (let n = 0; n < count; n += 1) await sayAccepted(core, `${name}${n}`, { by: `${name}${n}` });
  const worker = await newWorker(core);
  const claims: Claim[] = [];
  for (let claim = await core.claims.claim(worker); claim; claim = await core.claims.claim(worker))
    claims.push(claim);
  return claims;
}
