import { hostname } from 'node:os';
import { newId } from '#core/ids.ts';
import type { Core } from '#core/infra/open-core.ts';
import type { Log } from '#core/log.ts';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import { type ScheduleLimits, usualLimits } from '#core/schedules/plan.ts';
import type { Agent } from './agent/port.ts';
import type { Skills } from './agent/skills-port.ts';
import { startDispatcher } from './dispatcher.ts';
import { keepHouse } from './keep-house.ts';
import type { Sandboxes } from './sandbox/port.ts';
import { openStopSignals } from './stop-signals.ts';
import type { WayOut } from './turn-door.ts';
import { type RunnerDeps, runTurn } from './turn-runner.ts';

/** What a worker is put together from. */
export interface WorkerParts {
  core: Core;
  agent: Agent;
  sandboxes: Sandboxes;
  skills: Skills;
  /** Without it sandboxes reach nothing. */
  way?: WayOut | null;
  /** Turns it runs at once. */
  slots: number;
  limits: RunnerDeps['limits'];
  /** What an agent's schedules must keep to. */
  scheduleLimits?: ScheduleLimits;
  /** Logs of sessions idle for so long are archived; never, if absent. */
  archiveAfterDays?: number | undefined;
  log: Log;
}

export interface RunningWorker {
  readonly workerId: string;
  /**
   * Gives back what it holds; resolves when nothing of it runs any more, with whether other workers of this host go on.
   * Core and sandboxes stay open.
   */
  stop(): Promise<boolean>;
}

/** Registers a worker and lets it take turns. */
export async function startWorker({
  core,
  agent,
  sandboxes,
  skills,
  way = null,
  slots,
  limits,
  scheduleLimits = usualLimits,
  archiveAfterDays,
  log,
}: WorkerParts): Promise<RunningWorker> {
  const workerId = newId('wrk');
  const { claims, approvals, bell, sessions } = core;
  const host = hostname();
  await claims.register(workerId, host, slots);
  const line = claims.holdLine(workerId);
  const stops = openStopSignals(core.live);
  const desk = openScheduleDesk(core.schedules, scheduleLimits);
  const runnerDeps = { ...core, desk, agent, sandboxes, skills, stops, way, log, limits };
  const dispatcher = startDispatcher({
    workerId,
    slots,
    claims,
    bell,
    log,
    run: (claim, shutdown) => runTurn(claim, runnerDeps, shutdown),
  });
  const leaveHouse = keepHouse({
    workerId,
    claims,
    approvals,
    sandboxes,
    known: sessions.known,
    host,
    slots,
    bell,
    archive: archiveAfterDays === undefined ? null : () => core.logArchive.archiveIdle(archiveAfterDays),
    erase: async () => (await core.erasures.goOn()).length,
    atWork: dispatcher.atWork,
    log,
  });
  return {
    workerId,
    stop: async () => {
      await dispatcher.stop();
      leaveHouse();
      await stops.close();
      await line.close();
      return await claims.leave(workerId).catch((error) => {
        log.warn({ err: error }, 'claims are left to the sweeper');
        // Nobody knows: what others may use stays.
        return true;
      });
    },
  };
}
