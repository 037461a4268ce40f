import type { AttackGroup } from '../attack.ts';
import type { SandboxArena } from './arena.ts';
import { helper } from './helper.ts';
import { descriptors, sockets } from './kernel.ts';
import { leftovers } from './leftovers.ts';
import { disks, files, memories, processes } from './limits.ts';
import { changes, namespaces, privileges } from './rights.ts';
import { saved } from './saved.ts';
import { engines, interfaces, surroundings } from './surroundings.ts';
import { broughtIn, fetched } from './transfers.ts';

/** Every attack on the sandbox itself, by its observer. */
export const sandboxGroups: readonly AttackGroup<SandboxArena>[] = [
  sockets,
  descriptors,
  namespaces,
  privileges,
  changes,
  helper,
  processes,
  memories,
  disks,
  files,
  surroundings,
  engines,
  interfaces,
  leftovers,
  fetched,
  broughtIn,
  saved,
];
