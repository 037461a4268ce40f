import type { ScheduleFacts } from './types.ts';

/** What a schedule's card offers. Where there are no buttons, the command of the same name does it. */
export type ScheduleButton = 'save' | 'drop' | 'pause' | 'resume' | 'run' | 'edit' | 'delete' | 'history';

export interface ScheduleCard {
  scheduleId: string;
  state: ScheduleFacts['state'];
  /** What was understood, or one line of a list; plain text, line by line. */
  lines: string[];
  buttons: ScheduleButton[];
}

/** Labels of the buttons. */
export const scheduleLabels: Record<ScheduleButton, string> = {
  save: 'Save',
  drop: 'Drop',
  pause: 'Pause',
  resume: 'Resume',
  run: 'Run now',
  edit: 'Edit',
  delete: 'Delete',
  history: 'History',
};
