import { type Fault, planFaults } from '../chaos/faults.ts';
import type { PlaceName } from '../chaos/places.ts';
import type { Dice } from '../chaos/random.ts';

/** The processes of a round. */
export const roles = { workers: 3, bots: 2 };

/** The faults of a round: those of two chaos runs. */
export function planRound(dice: Dice, platforms: readonly PlaceName[]): Fault[] {
  return [...planFaults(dice, roles, platforms), ...planFaults(dice, roles, platforms)];
}
