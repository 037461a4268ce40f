import { pino } from 'pino';
import type { Log } from '#core/log.ts';

/** A log of everything, kept in memory for a test to read; warnings are shown as well. */
export function collectedLog(role: string): { log: Log; lines(): string } {
  let lines = '';
  const write = (line: string) => {
    lines += line;
    if ((JSON.parse(line) as { level: number }).level >= 40) process.stderr.write(line);
  };
  return { log: pino({ level: 'trace', base: { role } }, { write }), lines: () => lines };
}
