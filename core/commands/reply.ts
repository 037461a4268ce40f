import type { ScheduleFacts } from '#core/schedules/types.ts';

/** What a schedule's card offers. Where there are no buttons, the command of the same name does it. */
export type ScheduleButton = 'save' | 'drop' | 'pause' | 'resume' | 'run' | 'edit' | 'delete' | 'history';

export interface ScheduleCard {
  scheduleId: string;
  state: ScheduleFacts['state'];
  /** What was understood, or one line of a list; plain text, line by line. */
  lines: string[];
  buttons: ScheduleButton[];
}

/** What a command answers, for every surface to show as it can; only who gave the command needs to see it. */
export interface CommandReply {
  /** Markdown. */
  text: string;
  cards: ScheduleCard[];
  /** False: nothing was done, and the text says why and what would be right. */
  ok: boolean;
}

export function said(text: string, cards: ScheduleCard[] = []): CommandReply {
  return { text, cards, ok: true };
}

export function refused(text: string): CommandReply {
  return { text, cards: [], ok: false };
}
