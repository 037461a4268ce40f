import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { OpenVault } from './vault.ts';

export interface Adopting {
  vault: OpenVault;
  log: Log;
  everyMs: number;
  /** Ends it; a pass under way is finished first. */
  signal: AbortSignal;
}

/**
 * Takes over what people have entered, and what a rotation left under an older key, until it is told to stop. Nothing
 * waits for it: the vault opens an entry that was not taken over yet as well. An outage of the database is waited out.
 */
export async function adoptEntries({ vault, log, everyMs, signal }: Adopting): Promise<void> {
  while (!signal.aborted) {
    try {
      await vault.publish();
      const done = await vault.tidy();
      if (done.adopted + done.rewrapped > 0) log.info(done, 'secrets put in order');
    } catch (fault) {
      log.warn({ cause: messageOf(fault) }, 'secrets wait to be put in order');
    }
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
}
