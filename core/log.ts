import { pino } from 'pino';

export type Log = pino.Logger;

/** Structured log on standard error; carries session and turn through `child`. Never pass it message text or secrets. */
export function openLog(role: string, level: string): Log {
  return pino({ level, base: { role }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
