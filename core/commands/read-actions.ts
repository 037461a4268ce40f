import type { Command } from './command.ts';

/** `list`, `cancel 2`, `edit 2: words`, `move 3 to 1`; places count from 1. */
export function readQueue(rest: string): Command | null {
  if (/^(list)?$/i.test(rest)) return { verb: 'queue', action: { kind: 'list' } };
  const cancel = /^cancel (\d{1,4})$/i.exec(rest);
  if (cancel) return { verb: 'queue', action: { kind: 'cancel', place: Number(cancel[1]) } };
  const move = /^move (\d{1,4}) to (\d{1,4})$/i.exec(rest);
  if (move) return { verb: 'queue', action: { kind: 'move', place: Number(move[1]), to: Number(move[2]) } };
  const edit = /^edit (\d{1,4}):\s*(.+)$/is.exec(rest);
  return edit && { verb: 'queue', action: { kind: 'edit', place: Number(edit[1]), text: edit[2] ?? '' } };
}

const onOne = ['save', 'drop', 'pause', 'resume', 'run', 'delete', 'history'] as const;

/** `list`, `pause 1`, `run sch_…`, `edit 1 every day at 9:00 …`. */
export function readSchedules(rest: string): Command | null {
  if (/^(list)?$/i.test(rest)) return { verb: 'schedules', action: { kind: 'list' } };
  const edit = /^edit (\d{1,3}|sch_\w+):?\s+(.+)$/is.exec(rest);
  if (edit)
    return { verb: 'schedules', action: { kind: 'edit', which: edit[1] ?? '', words: edit[2] ?? '' } };
  const [, word = '', which = ''] = /^(\w+)(?: now)? (\d{1,3}|sch_\w+)$/i.exec(rest) ?? [];
  const kind = onOne.find((one) => one === word.toLowerCase());
  return kind ? { verb: 'schedules', action: { kind, which } } : null;
}
