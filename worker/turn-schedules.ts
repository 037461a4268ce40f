import { DeckhandError } from '#core/errors.ts';
import type { Person } from '#core/events/types.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { ScheduleDesk } from '#core/schedules/desk.ts';
import { planSchedule } from '#core/schedules/plan.ts';
import type { ScheduleFacts, ScheduleSpec } from '#core/schedules/types.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import type { AgentSchedules } from './agent/port.ts';

interface Deps {
  desk: ScheduleDesk;
  identities: Identities;
}

/**
 * A turn's way to schedules: those of its author that were made in its thread, and no others. What people allowed is
 * planned by the turn's own clock, so that what is saved is what their card showed.
 */
export function openTurnSchedules(
  session: SessionFacts | null,
  author: Person,
  clock: string,
  { desk, identities }: Deps,
): AgentSchedules {
  const now = new Date(clock);

  async function person() {
    const user = await identities.byId(author.userId);
    const account = session && (await identities.accountIn(author.userId, session.workspaceId));
    if (!user || !account) throw refused('The person who asked is not known here any more.');
    return { user, account };
  }

  async function own(): Promise<ScheduleFacts[]> {
    const { user } = await person();
    const here = JSON.stringify(session?.thread);
    return (await desk.list(user)).filter(({ thread }) => JSON.stringify(thread) === here);
  }

  async function mustBe(scheduleId: string, line: string): Promise<void> {
    const found = (await own()).find((one) => one.scheduleId === scheduleId);
    if (!found) throw refused('This thread has no such schedule. list_schedules lists them.');
    if (agentLine(found) !== line) throw refused(`The schedule reads differently now: ${agentLine(found)}`);
  }

  return {
    list: async () => (await own()).map((one) => ({ id: one.scheduleId, line: agentLine(one) })),

    save: async ({ words, zone, changes, key }) => {
      const { user, account } = await person();
      if (changes) {
        const wanted = planSchedule(words, now, zone, { floorMs: 0, maxPerOwner: 0 });
        const there = (await own()).find((one) => one.scheduleId === changes.schedule);
        // Done before by a worker that died before it could say so.
        if (there && agentLine(there) === agentLine(wanted)) return `Saved: ${agentLine(there)}`;
        await mustBe(changes.schedule, changes.line);
      }
      if (!session) throw refused('There is no thread for it.');
      const draft = await desk.propose({
        words,
        zone,
        person: user,
        account,
        thread: session.thread,
        source: `agent/${key}`,
        now,
        changes: changes?.schedule,
      });
      const saved = await desk.save(user, draft.scheduleId, new Date());
      return `Saved as ${saved.scheduleId}: ${agentLine(saved)}. Next: ${saved.nextDue ?? 'never'}`;
    },

    remove: async (scheduleId, line) => {
      await mustBe(scheduleId, line);
      const { user } = await person();
      await desk.remove(user, scheduleId);
      return 'Deleted.';
    },
  };
}

/** A schedule in one line that stays the same until somebody changes it. */
function agentLine({ words, zone, text }: ScheduleSpec): string {
  return `${words} (${zone}): ${text.replaceAll(/\s+/g, ' ').slice(0, 300).toWellFormed()}`;
}

function refused(message: string): DeckhandError {
  return new DeckhandError('schedule.refused', message, { blame: 'asker' });
}
