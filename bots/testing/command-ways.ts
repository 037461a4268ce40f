import { openCommands } from '#bots/commands.ts';
import { deliver, type FiringDeps } from '#bots/firings.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import type { SayNotice } from '#bots/notices.ts';
import { type CommandWays, openSaidCommands } from '#bots/said-commands.ts';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { Platform } from '#core/chat/thread-ref.ts';
import type { Core } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import { usualLimits } from '#core/schedules/plan.ts';

export interface CommandRole {
  adapters: Partial<Record<Platform, ChatAdapter>>;
  handle: HandleMessage;
  say: SayNotice;
}

/** Commands as `bots/main.ts` composes them, for a role of a test. */
export function testCommandWays(core: Core, { adapters, handle, say }: CommandRole): CommandWays {
  const desk = openScheduleDesk(core.schedules, usualLimits);
  const run = openCommands({ ...core, desk, adapters, handle, pageUrl: 'http://page' });
  return { run, desk, take: openSaidCommands({ adapters, notices: core.notices, run, say }) };
}

/** Lets the time of the one schedule there is come: its next moment is now, and what is due is handed in. */
export async function fireNext(core: Core, { adapters, handle }: CommandRole): Promise<void> {
  const [schedule] = await core.schedules.list({ limit: 1 });
  if (!schedule?.nextDue) throw new Error('there is no schedule that waits');
  const now = new Date(Date.parse(schedule.nextDue) + 1_000);
  await core.clockwork.advance(now, 10);
  const deps: FiringDeps = {
    ...{ ...core, adapters, handle, log: openLog('test', 'silent') },
    now: () => now,
  };
  await deliver(deps, 'test');
}
