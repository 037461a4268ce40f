import type { InboundMessage } from '#core/chat/inbound.ts';
import type { CommandReply } from '#core/commands/reply.ts';
import type { Surface } from '#core/commands/surfaces.ts';
import type { Identities } from '#core/identity/ports.ts';
import { type ScheduleButton, scheduleLabels } from '#core/schedules/card.ts';
import type { ScheduleDesk } from '#core/schedules/desk.ts';
import type { TryCommand } from './commands.ts';

/** A pressed button of a schedule's card. */
export interface SchedulePress {
  button: ScheduleButton;
  scheduleId: string;
  /** Does the card stand in a list? */
  inList: boolean;
}

/** A press as its button carries it: `pause@sch_…`, in a list `pause@sch_…@list`; at most 60 characters. */
export function pressValue({ button, scheduleId, inList }: SchedulePress): string {
  return `${button}@${scheduleId}${inList ? '@list' : ''}`;
}

/** Null when it is none of ours. */
export function readPressValue(value: string): SchedulePress | null {
  const [, button = '', scheduleId = '', list] = /^(\w+)@(sch_\w+)(@list)?$/.exec(value) ?? [];
  if (!Object.hasOwn(scheduleLabels, button)) return null;
  return { button: button as ScheduleButton, scheduleId, inList: list !== undefined };
}

export interface PressOutcome {
  reply: CommandReply;
  /** The reply takes the place of what was pressed; otherwise it is said beside it. */
  replaces: boolean;
}

export interface SchedulePresses {
  /** Does what a button says. `by` is a message without words, of whoever pressed, under the press's own identity. */
  press(by: InboundMessage, press: SchedulePress): Promise<PressOutcome>;
  /** Changes a schedule to what was written into its form. */
  edit(by: InboundMessage, scheduleId: string, words: string): Promise<CommandReply>;
  /** What stands in the form for a change. @throws {DeckhandError} with words, when it is not for this person */
  formText(by: InboundMessage, scheduleId: string): Promise<string>;
}

export interface PressDeps {
  run: TryCommand;
  desk: Pick<ScheduleDesk, 'see'>;
  identities: Identities;
  /** A surface where everything is a command. */
  surface: Surface;
}

/** Buttons of schedules: each is the command of its name, under the same rules. */
export function openSchedulePresses({ run, desk, identities, surface }: PressDeps): SchedulePresses {
  async function command(by: InboundMessage, text: string): Promise<CommandReply> {
    const reply = await run({ ...by, text }, surface);
    if (!reply) throw new Error(`not a command: ${text}`);
    return reply;
  }

  return {
    press: async (by, { button, scheduleId, inList }) => {
      const reply = await command(by, `schedules ${button} ${scheduleId}`);
      const replaces = reply.ok && button !== 'history' && button !== 'run';
      if (!replaces || !inList) return { reply, replaces };
      const list = await command(by, 'schedules');
      return { reply: { ...list, text: `${reply.text}\n\n${list.text}` }, replaces };
    },
    edit: (by, scheduleId, words) => command(by, `schedules edit ${scheduleId} ${words}`),
    formText: async ({ thread, author }, scheduleId) => {
      const { platform, workspace } = thread;
      const account = { id: author.accountId, name: author.name };
      const place = { externalId: workspace, name: workspace };
      const person = await identities.resolve(platform, place, account);
      const { when, words, text } = await desk.see(person, scheduleId);
      return when.kind === 'once' ? text : `${words} ${text}`;
    },
  };
}
