import { settledBytes } from '../memory.ts';

/** Loaded in front of a role's main: the role then says what it uses whenever its parent asks. */

/** What a role uses; bytes, and µs of processor time since it began. */
export interface Use {
  used: number;
  resident: number;
  /** Before and after this very look, which costs more than a second of idling. */
  busyBeforeUs: number;
  busyAfterUs: number;
}

function busyUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

process.on('message', (message) => {
  if (message !== 'use') return;
  const busyBeforeUs = busyUs();
  const used = settledBytes();
  const resident = process.memoryUsage.rss();
  process.send?.({ use: { used, resident, busyBeforeUs, busyAfterUs: busyUs() } satisfies Use });
});
