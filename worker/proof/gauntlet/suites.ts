import { dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import { type Arena, type AttackGroup, runGroup, type Verdict } from './attack.ts';
import { openNetworkArena } from './network/arena.ts';
import { networkGroups } from './network/groups.ts';
import { openSandboxArena } from './sandbox/arena.ts';
import { sandboxGroups } from './sandbox/groups.ts';

/** Groups that are made in one kind of arena. */
export interface Suite {
  names: readonly string[];
  /** Makes the groups of these names, one by one, and gives each one's verdicts as it is done. */
  run(wanted: (name: string) => boolean): AsyncGenerator<Verdict[]>;
}

export const suites: readonly Suite[] = [
  // A sandbox that was attacked is not attacked again by another group.
  suite(sandboxGroups, false, async (owned) => {
    const docker = await dockerForTests();
    owned.defer(() => docker.clear());
    return () => openSandboxArena(docker);
  }),
  suite(networkGroups, true, async () => openNetworkArena),
];

function suite<A extends Arena>(
  groups: readonly AttackGroup<A>[],
  shared: boolean,
  prepare: (owned: AsyncDisposableStack) => Promise<() => Promise<A>>,
): Suite {
  return {
    names: groups.map(({ name }) => name),
    run: async function* (wanted) {
      const chosen = groups.filter(({ name }) => wanted(name));
      if (chosen.length === 0) return;
      await using owned = new AsyncDisposableStack();
      const open = await prepare(owned);
      const common = shared ? await open() : null;
      if (common) owned.defer(() => common.close());
      for (const group of chosen) {
        const arena = common ?? (await open());
        try {
          yield await runGroup(group, arena);
        } finally {
          if (!common) await arena.close();
        }
      }
    },
  };
}
