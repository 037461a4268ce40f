import { Cron } from 'croner';
import { DeckhandError, messageOf } from '#core/errors.ts';

/**
 * A cron expression of five fields in a zone. A wall-clock time that a change to summer time leaves out comes at the
 * change; one that a change back repeats comes once; steps and wildcards follow elapsed time (ADR 35).
 * @throws {DeckhandError} `schedule.cron_invalid`
 */
export function readCron(expression: string, zone: string): Cron {
  try {
    return new Cron(expression, {
      timezone: zone,
      mode: '5-part',
      paused: true,
      // Lists and ranges count as fixed times too: `0 2,14 * * *` is not lost in the night of the change.
      fixedTimeRule: 'no-wildcard',
    });
  } catch (cause) {
    throw new DeckhandError('schedule.cron_invalid', explain(expression, cause), { blame: 'asker', cause });
  }
}

function explain(expression: string, cause: unknown): string {
  const fields = expression.trim().split(/\s+/).length;
  const why =
    fields === 6
      ? 'it has six fields, and seconds are not scheduled'
      : fields !== 5 && !expression.startsWith('@')
        ? `it has ${fields} ${fields === 1 ? 'field' : 'fields'} instead of five`
        : messageOf(cause)
            .replace(/^CronPattern: /, '')
            .replace(/\.$/, '');
  return `I cannot use the cron expression "${expression}": ${why}. The fields are minute, hour, day of the month, month, day of the week, as in cron "0 9 * * 1-5" for 9:00 from Monday to Friday.`;
}
