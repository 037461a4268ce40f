import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import { mayChange, mayEdit } from './may-change.ts';
import { type PlanOptions, planSchedule, type ScheduleLimits } from './plan.ts';
import type { Schedules } from './ports.ts';
import type { FiringFacts, ScheduleFacts } from './types.ts';

/** What somebody wants scheduled. */
export interface Proposal {
  /** `every weekday at 9:00 check the backups` */
  words: string;
  person: UserFacts;
  /** The person's account where it will run. */
  account: { id: string; name: string };
  thread: ThreadRef;
  /** The identity of what asks for it; asked again, it gives the same draft. */
  source: string;
  now: Date;
  /** Default: the person's. */
  zone?: string | undefined;
  options?: PlanOptions | undefined;
  /** The schedule that this changes. */
  changes?: string | undefined;
}

/**
 * What people do to schedules, with the rules of who may. Chat, page, API and agents all come through here. Whom a schedule
 * is no business of hears that there is none.
 */
export interface ScheduleDesk {
  /** A draft; nothing runs before it is saved. @throws as `planSchedule` */
  propose(proposal: Proposal): Promise<ScheduleFacts>;
  /** @throws `schedule.too_many`, `schedule.past`, `schedule.not_found` */
  save(person: UserFacts, scheduleId: string, now: Date): Promise<ScheduleFacts>;
  see(person: UserFacts, scheduleId: string): Promise<ScheduleFacts>;
  /** A person's own, soonest first; those who administer may see everybody's. */
  list(person: UserFacts, all?: boolean): Promise<ScheduleFacts[]>;
  pause(person: UserFacts, scheduleId: string): Promise<ScheduleFacts>;
  resume(person: UserFacts, scheduleId: string, now: Date): Promise<ScheduleFacts>;
  runNow(person: UserFacts, scheduleId: string, now: Date, key: string): Promise<FiringFacts>;
  remove(person: UserFacts, scheduleId: string): Promise<ScheduleFacts>;
  history(person: UserFacts, scheduleId: string, limit: number): Promise<FiringFacts[]>;
  lastFirings(schedules: ScheduleFacts[], each: number): Promise<Map<string, FiringFacts[]>>;
}

/** Most schedules in a list. */
const listed = 200;

export function openScheduleDesk(schedules: Schedules, limits: ScheduleLimits): ScheduleDesk {
  async function see(person: UserFacts, scheduleId: string): Promise<ScheduleFacts> {
    const found = await schedules.byId(scheduleId);
    if (!found || !mayChange(person, found)) throw notFound();
    return found;
  }

  /** Whatever makes it run acts as its owner: that is for the owner alone. */
  async function own(person: UserFacts, scheduleId: string): Promise<ScheduleFacts> {
    const found = await see(person, scheduleId);
    if (!mayEdit(person, found)) throw notYours();
    return found;
  }

  return {
    propose: async ({ words, person, account, thread, source, now, zone, options, changes }) => {
      if (!may(person.role, 'ask')) throw notYours();
      const before = changes === undefined ? null : await own(person, changes);
      const kept = before && {
        overlap: before.overlap,
        runMode: before.runMode,
        missed: before.missed,
        jitterMs: before.jitterMs,
      };
      const said = Object.fromEntries(
        Object.entries(options ?? {}).filter(([, value]) => value !== undefined),
      );
      const spec = planSchedule(words, now, zone ?? before?.zone ?? person.timeZone, limits, {
        ...kept,
        ...said,
      });
      return await schedules.draft({
        owner: before?.owner ?? { userId: person.userId, accountId: account.id, name: account.name },
        thread: before?.thread ?? thread,
        source,
        spec,
        changes: before?.scheduleId ?? null,
      });
    },

    save: async (person, scheduleId, now) => {
      await own(person, scheduleId);
      return found(await schedules.save(scheduleId, now, limits.maxPerOwner));
    },
    see,
    list: (person, all = false) =>
      schedules.list({
        ...(all && may(person.role, 'administer') ? {} : { ownerId: person.userId }),
        limit: listed,
      }),
    pause: async (person, scheduleId) => {
      const before = await see(person, scheduleId);
      return (await schedules.pause(scheduleId)) ?? before;
    },
    resume: async (person, scheduleId, now) => {
      const before = await own(person, scheduleId);
      if (before.state === 'ended') throw over();
      return (await schedules.resume(scheduleId, now)) ?? before;
    },
    runNow: async (person, scheduleId, now, key) => {
      await own(person, scheduleId);
      return found(await schedules.runNow(scheduleId, now, key));
    },
    remove: async (person, scheduleId) => {
      const before = await see(person, scheduleId);
      await schedules.remove(scheduleId);
      return before;
    },
    history: async (person, scheduleId, limit) => {
      await see(person, scheduleId);
      return await schedules.history(scheduleId, limit);
    },
    lastFirings: (all, each) =>
      schedules.lastFirings(
        all.map(({ scheduleId }) => scheduleId),
        each,
      ),
  };
}

function found<T>(one: T | null): T {
  if (one === null) throw notFound();
  return one;
}

function notFound(): DeckhandError {
  return new DeckhandError(
    'schedule.not_found',
    'There is no such schedule of yours. It may be deleted, or a draft that was not saved within a day. `schedules` lists them.',
    { blame: 'asker' },
  );
}

function notYours(): DeckhandError {
  return new DeckhandError(
    'schedule.not_yours',
    'You may not do this: a schedule acts as its owner, so only its owner may make it run. Make one of your own.',
    { blame: 'policy' },
  );
}

function over(): DeckhandError {
  return new DeckhandError(
    'schedule.past',
    'It is over: its time has passed. Edit it to give it a new one.',
    {
      blame: 'asker',
    },
  );
}
