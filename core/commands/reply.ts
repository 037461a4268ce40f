import type { ScheduleCard } from '#core/schedules/card.ts';

/** What a command answers, for every surface to show as it can. */
export interface CommandReply {
  /** Markdown. */
  text: string;
  cards: ScheduleCard[];
  /** False: nothing was done, and the text says why and what would be right. */
  ok: boolean;
  /** For the eyes of whoever gave the command alone; otherwise everybody in the thread may read it. */
  private?: true;
  /** The thread shows by itself what was done: words are owed only where a surface wants some. */
  shows?: true;
}

export function said(text: string, cards: ScheduleCard[] = []): CommandReply {
  return { text, cards, ok: true };
}

export function refused(text: string): CommandReply {
  return { text, cards: [], ok: false };
}
