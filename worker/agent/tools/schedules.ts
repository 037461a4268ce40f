import { z } from 'zod';
import { visible } from '#core/approvals/visible.ts';
import { DeckhandError } from '#core/errors.ts';
import { planSchedule } from '#core/schedules/plan.ts';
import { understoodText } from '#core/schedules/understood.ts';
import { defineTool, type Question, type TextResult } from './tool.ts';
import { oneLine } from './words.ts';

const when = z
  .string()
  .min(1)
  .max(300)
  .describe(
    'When, in words: every weekday at 9:00; every 15 minutes; on the first of the month at 6:00; at friday 16:00; in 2 hours; cron "0 9 * * 1-5".',
  );
const zone = z.string().max(64).describe('IANA time zone of these times, e.g. Europe/Berlin or UTC.');
const request = z
  .string()
  .min(1)
  .max(10_000)
  .describe('What you shall be asked then. It starts a new thread and must stand by itself.');
const why = z.string().max(2000).nullish().describe('Why, for the people who are asked.');
const schedule = z
  .string()
  .regex(/^sch_\w+$/)
  .describe('Its id, as list_schedules gives it.');
const line = z.string().min(1).max(1000).describe('Its line, word for word as list_schedules gives it.');

const text = ({ result }: { result: TextResult }) => result.output;

/** Lists the schedules that were made in this thread for the person who asks. */
export const listSchedules = defineTool<Record<string, never>, TextResult>({
  name: 'list_schedules',
  description: 'Lists the schedules of this thread: id and line of each.',
  parameters: z.object({}) as z.ZodType<Record<string, never>>,
  kind: 'tool',
  inDoubt: 'again',
  title: () => 'list the schedules of this thread',
  async perform(_args, scope) {
    const all = await scope.schedules.list();
    const output = all.map(({ id, line }) => `${id}  ${line}`).join('\n');
    return { outcome: 'done', result: { output: output || 'This thread has no schedules.' } };
  },
  render: text,
});

interface Proposal {
  when: string;
  zone: string;
  request: string;
  why?: string | null | undefined;
  changes?: { schedule: string; line: string } | null | undefined;
}

/** Makes or changes a schedule, after people have seen its times and its text and said yes. */
export const proposeSchedule = defineTool<Proposal, TextResult>({
  name: 'propose_schedule',
  description:
    'Proposes to do something later or again and again. People see the next times and the request, and must say yes first.',
  parameters: z.object({
    when,
    zone,
    request,
    why,
    changes: z
      .object({ schedule, line })
      .nullish()
      .describe('The schedule that this replaces; leave out for a new one.'),
  }),
  kind: 'tool',
  // Made under the call's own key: done again, it is the same schedule.
  inDoubt: 'again',
  title: (args) => `schedule ${oneLine(args.when)}: ${oneLine(args.request)}`,
  approval: (args, clock) => questionOf(args, clock),
  async perform({ when, zone, request, changes }, scope) {
    const output = await scope.schedules.save({
      words: wordsOf(when, request),
      zone,
      changes: changes ?? null,
      key: scope.commandKey,
    });
    return { outcome: 'done', result: { output } };
  },
  render: text,
});

/** Deletes a schedule of this thread, after people have said yes. */
export const deleteSchedule = defineTool<
  { schedule: string; line: string; why?: string | null | undefined },
  TextResult
>({
  name: 'delete_schedule',
  description: 'Deletes a schedule of this thread. People are asked first.',
  parameters: z.object({ schedule, line, why }),
  kind: 'tool',
  inDoubt: 'again',
  title: (args) => `delete the schedule ${oneLine(args.line)}`,
  approval: ({ schedule, line, why }) => ({
    request: {
      kind: 'schedule',
      title: 'delete this schedule',
      subject: visible(`${line}\n${schedule}`),
      why: reason(why),
    },
    exact: { tool: 'delete_schedule', schedule, line },
  }),
  async perform({ schedule, line }, scope) {
    return { outcome: 'done', result: { output: await scope.schedules.remove(schedule, line) } };
  },
  render: text,
});

/** What cannot be a schedule raises no question: the call fails with words that the model can act on. */
function questionOf({ when, zone, request, why, changes }: Proposal, clock: string): Question | null {
  const now = new Date(clock);
  try {
    const spec = planSchedule(wordsOf(when, request), now, zone, { floorMs: 0, maxPerOwner: 0 });
    const before = changes ? `instead of: ${changes.line}\n` : '';
    return {
      request: {
        kind: 'schedule',
        title: changes ? 'change a schedule' : 'make this schedule',
        subject: visible(`${before}${understoodText(spec, now)}`),
        why: reason(why),
      },
      exact: {
        tool: 'propose_schedule',
        when: spec.when,
        zone: spec.zone,
        text: spec.text,
        changes: changes ?? null,
      },
    };
  } catch (error) {
    if (error instanceof DeckhandError) return null;
    throw error;
  }
}

function wordsOf(when: string, request: string): string {
  return `${when.trim()} ${request.trim()}`;
}

function reason(why: string | null | undefined): string | null {
  return why ? visible(why).slice(0, 500).toWellFormed() : null;
}
