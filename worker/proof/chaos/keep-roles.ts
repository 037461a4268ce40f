import { setTimeout as sleep } from 'node:timers/promises';
import type { FindBots } from './far/console.ts';
import { planDeath, silentMs } from './faults.ts';
import { type Dice, openDice } from './random.ts';
import { type Held, heldAt } from './recovery.ts';
import { keepRole, type Loss, type RoleKeeper } from './role-keeper.ts';
import { chaosVersion, type RoleSettings } from './role-settings.ts';

/** The processes of a run, and what became of them. */
export interface Roles {
  bots: RoleKeeper[];
  workers: RoleKeeper[];
  losses: Loss[];
  held: Promise<Held>[];
}

interface Keeping {
  dice: Dice;
  count: { bots: number; workers: number };
  /** File descriptor of their log. */
  log: number;
  settings: Omit<RoleSettings, 'death'>;
  /** What a worker that starts now says it is; `chaosVersion` if absent. */
  version?: () => string;
  /** The program of the workers. */
  worker: string;
  /** False: nobody dies but who is told to. */
  mortal?: boolean;
  after(release: () => unknown): void;
}

/** Deaths at points per process and run: then it is left alone, so that the run comes to an end. */
const maxDeaths = 3;
const startMs = 90_000;

/** Starts the processes of a run and keeps them alive; each dies, or stops its clock, where dice say. */
export function keepRoles({
  dice,
  count,
  log,
  settings,
  version = () => chaosVersion,
  worker,
  mortal = true,
  after,
}: Keeping): Roles {
  const losses: Loss[] = [];
  const held: Promise<Held>[] = [];
  const keep = (role: 'worker' | 'bots'): RoleKeeper => {
    const ownDice = openDice(dice.between(0, 2 ** 30));
    let deaths = 0;
    const keeper = keepRole({
      program: role === 'worker' ? worker : role,
      log,
      settings: () => ({
        ...settings,
        version: version(),
        death: mortal && deaths < maxDeaths ? planDeath(ownDice, role) : null,
      }),
      stoppedMs: silentMs + ownDice.between(500, 3_000),
      restartMs: () => ownDice.between(50, 600),
      onLoss: (loss) => {
        deaths += 1;
        losses.push(loss);
        held.push(heldAt(settings.databaseUrl, loss));
      },
    });
    after(() => keeper.stop());
    return keeper;
  };
  const bots = Array.from({ length: count.bots }, () => keep('bots'));
  const workers = Array.from({ length: count.workers }, () => keep('worker'));
  return { bots, workers, losses, held };
}

/** Any of these bots processes that takes events now. */
export function findAmong(bots: readonly RoleKeeper[]): FindBots {
  return () => {
    const ready = bots.map((keeper) => keeper.ready()).find((one) => one !== null);
    return ready && 'url' in ready ? ready.url : null;
  };
}

/** Resolves when all have said that they are ready. */
export async function untilReady(roles: readonly RoleKeeper[], stop: AbortSignal): Promise<void> {
  stop.throwIfAborted();
  for (
    const until = performance.now() + startMs;
    roles.some((role) => !role.ready());
    await sleep(20, undefined, { signal: stop })
  ) {
    if (performance.now() > until) throw new Error('the roles do not start; see the log');
  }
}
