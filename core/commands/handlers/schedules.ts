import type { UserFacts } from '#core/identity/ports.ts';
import type { ScheduleButton, ScheduleCard } from '#core/schedules/card.ts';
import type { ScheduleDesk } from '#core/schedules/desk.ts';
import type { FiringFacts, FiringState, ScheduleFacts } from '#core/schedules/types.ts';
import { scheduleLine, understoodText } from '#core/schedules/understood.ts';
import { showTime } from '#core/schedules/zone.ts';
import type { SchedulesAction } from '../command.ts';
import type { CommandContext, CommandDeps, Handler } from '../ports.ts';
import { type CommandReply, refused, said } from '../reply.ts';

const historyLength = 10;

/** Says what was understood and asks; nothing is saved before somebody says yes. */
export const schedule: Handler<'schedule'> = ({ words }, context, deps) =>
  propose(words, undefined, context, deps);

async function propose(
  words: string,
  changes: string | undefined,
  context: CommandContext,
  { desk }: CommandDeps,
): Promise<CommandReply> {
  const { person, account, thread, now } = context;
  const source = `${context.surface}/${context.messageId}`;
  const draft = await desk.propose({ words, person, account, thread, source, now, changes });
  // The same message again: it may have been answered meanwhile.
  if (draft.state !== 'draft') return said('Saved.', [cardOf(draft)]);
  const lines = understoodText(draft, now).split('\n');
  return said(changes ? 'Shall I change it to this?' : 'Shall I save this?', [{ ...cardOf(draft), lines }]);
}

/** `schedules …`: the list, and what is done to one of them. */
export const schedules: Handler<'schedules'> = async ({ action }, context, deps) => {
  if (action.kind === 'list') return await list(context, deps);
  const scheduleId = await idOf(action.which, context, deps);
  if (!scheduleId) return refused(`You have no schedule number ${action.which}. \`schedules\` lists them.`);
  return await onOne(action, scheduleId, context, deps);
};

async function onOne(
  action: Exclude<SchedulesAction, { kind: 'list' }>,
  id: string,
  context: CommandContext,
  deps: CommandDeps,
): Promise<CommandReply> {
  const { now, person } = context;
  const { desk } = deps;
  switch (action.kind) {
    case 'save':
      return said('Saved.', [cardOf(await desk.save(person, id, now))]);
    case 'edit':
      return await propose(action.words, id, context, deps);
    case 'run':
      await desk.runNow(person, id, now, `${context.surface}/${context.messageId}`);
      return said('It runs now.', [cardOf(await desk.see(person, id))]);
    case 'pause':
      return said('Paused.', [cardOf(await desk.pause(person, id))]);
    case 'resume':
      return said('It goes on.', [cardOf(await desk.resume(person, id, now))]);
    case 'history':
      return said(historyText(await desk.see(person, id), await desk.history(person, id, historyLength)));
    case 'drop': {
      const before = await desk.see(person, id);
      if (before.state !== 'draft') return refused('It is saved already. `schedules delete` deletes it.');
      await desk.remove(person, id);
      return said('Not saved.');
    }
    case 'delete': {
      const { words, text } = await desk.remove(person, id);
      return said(`Deleted: ${words} · ${text}`);
    }
  }
}

async function list({ person }: CommandContext, { desk }: CommandDeps): Promise<CommandReply> {
  const all = await numbered(person, desk);
  if (all.length === 0) {
    return said('You have no schedules. Make one, for example: `every weekday at 9:00 check the backups`');
  }
  const last = await desk.lastFirings(all, 3);
  const cards = all.map((one, index) => {
    const results = (last.get(one.scheduleId) ?? []).map(({ state }) => word(state));
    const lines = [`${index + 1}. ${scheduleLine(one)}`];
    return { ...cardOf(one), lines: results.length > 0 ? [...lines, `last: ${results.join(', ')}`] : lines };
  });
  return said(`${all.length} ${all.length === 1 ? 'schedule' : 'schedules'}:`, cards);
}

/** By its id, or by its number in the person's list. */
async function idOf(
  which: string,
  { person }: CommandContext,
  { desk }: CommandDeps,
): Promise<string | null> {
  if (which.startsWith('sch_')) return which;
  return (await numbered(person, desk))[Number(which) - 1]?.scheduleId ?? null;
}

/**
 * A person's schedules as they are numbered: as they were made (ids are ordered by time). By their next times a firing
 * between the list and `delete 1` would put another one in that place.
 */
async function numbered(person: UserFacts, desk: ScheduleDesk): Promise<ScheduleFacts[]> {
  return (await desk.list(person)).toSorted((one, other) => (one.scheduleId < other.scheduleId ? -1 : 1));
}

const buttons: Record<ScheduleFacts['state'], ScheduleButton[]> = {
  draft: ['save', 'drop'],
  active: ['pause', 'run', 'edit', 'delete', 'history'],
  paused: ['resume', 'run', 'edit', 'delete', 'history'],
  ended: ['run', 'edit', 'delete', 'history'],
};

/** A schedule as a card. */
export function cardOf(schedule: ScheduleFacts): ScheduleCard {
  const { scheduleId, state } = schedule;
  return { scheduleId, state, lines: [scheduleLine(schedule)], buttons: buttons[state] };
}

const words: Partial<Record<FiringState, string>> = {
  due: 'about to start',
  submitted: 'running',
  buffered: 'waiting',
};
const word = (state: FiringState): string => words[state] ?? state;

function historyText(schedule: ScheduleFacts, firings: FiringFacts[]): string {
  if (firings.length === 0) return 'It has not run yet.';
  return firings
    .map(({ dueAt, state, note, cause }) => {
      const why = note ? `: ${note}` : '';
      const when = showTime(new Date(dueAt), schedule.zone);
      return `- ${when} ${word(state)}${why}${cause === 'run_now' ? ' (run now)' : ''}`;
    })
    .join('\n');
}
