import type { FileRef, LogEvent } from '#core/events/types.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import type { TurnSteers } from './agent/port.ts';
import type { Delivery } from './turn-sandbox.ts';

/** What the author says to a claimed turn while it runs, and all files that its messages brought, also before a crash. */
export function openTurnSteers(
  claim: Claim,
  files: FileRef[],
  events: readonly LogEvent[],
  steers: Steers,
): { steers: TurnSteers; deliveries: readonly Delivery[] } {
  const deliveries: Delivery[] = [{ turnId: claim.turnId, files }];
  for (const event of events) {
    if (event.type === 'turn.steered') deliveries.push({ turnId: event.body.from, files: event.body.files });
  }
  return {
    deliveries,
    steers: {
      waiting: () => steers.waiting(claim.turnId),
      take: async (key) => {
        const taken = await steers.take(claim, key);
        for (const told of taken) {
          if (!deliveries.some(({ turnId }) => turnId === told.turnId)) deliveries.push(told);
        }
        return taken;
      },
    },
  };
}
