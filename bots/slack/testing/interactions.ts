import type { TwinClock } from './clock.ts';
import type { Interactions, ResponsePlace } from './desk.ts';
import type { Ids } from './ids.ts';
import { numbers } from './numbers.ts';
import { refuse, rules } from './refusals.ts';

/** Keeps the triggers and response URLs that were given out. */
export function createInteractions(ids: Ids, clock: TwinClock, origin: () => string): Interactions {
  const triggers = new Map<string, { dueMs: number; used: boolean }>();
  const places = new Map<string, { place: ResponsePlace; dueMs: number; left: number }>();
  return {
    trigger: () => {
      const id = `1.2.${ids.next('tr')}`;
      triggers.set(id, { dueMs: clock.now() + numbers.triggerMs.value, used: false });
      return id;
    },
    redeem: (id) => {
      const trigger = triggers.get(id);
      if (!trigger) refuse(rules.triggerInvalid);
      if (trigger.used) refuse(rules.triggerUsed);
      if (trigger.dueMs < clock.now()) refuse(rules.triggerExpired);
      trigger.used = true;
    },
    responseUrl: (place) => {
      const key = ids.next('r');
      const dueMs = clock.now() + numbers.responseUrlMs.value;
      places.set(key, { place, dueMs, left: numbers.responseUrlUses.value });
      return `${origin()}/response/${key}`;
    },
    place: (key) => {
      const found = places.get(key);
      if (!found || found.left === 0 || found.dueMs < clock.now()) return undefined;
      found.left -= 1;
      return found.place;
    },
  };
}
