import type { AttackGroup } from '../attack.ts';
import type { NetworkArena } from './arena.ts';
import { addresses } from './groups/addresses.ts';
import { approvals } from './groups/approvals.ts';
import { cards } from './groups/cards.ts';
import { credentials } from './groups/credentials.ts';
import { endings } from './groups/endings.ts';
import { denial } from './groups/floods.ts';
import { framing } from './groups/framing.ts';
import { hosts } from './groups/hosts.ts';
import { names } from './groups/names.ts';
import { people } from './groups/people.ts';
import { placeholders } from './groups/placeholders.ts';
import { rebinding } from './groups/rebinding.ts';
import { redirects } from './groups/redirects.ts';
import { reflection } from './groups/reflection.ts';

/** Every attack on the door, by its observer. */
export const networkGroups: readonly AttackGroup<NetworkArena>[] = [
  names,
  addresses,
  rebinding,
  hosts,
  framing,
  redirects,
  placeholders,
  credentials,
  reflection,
  endings,
  people,
  approvals,
  cards,
  denial,
];
