import type { AttackGroup } from '../attack.ts';
import type { NetworkArena } from './arena.ts';
import { names } from './groups/names.ts';

/** Every attack on the door, by its observer. */
export const networkGroups: readonly AttackGroup<NetworkArena>[] = [names];
