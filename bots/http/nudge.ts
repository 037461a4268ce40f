/** A doorbell inside one process: any number of rings between two waits count as one. */
export interface Nudge {
  ring(): void;
  /** Resolves at once when it was rung since the last wait, else at the next ring, after `maxMs`, or on abort. */
  wait(maxMs: number, signal: AbortSignal): Promise<void>;
}

export function createNudge(): Nudge {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: async (maxMs, signal) => {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, maxMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          signal.addEventListener('abort', wake, { once: true });
        }).finally(() => {
          if (wake) signal.removeEventListener('abort', wake);
          wake = null;
        });
      }
      rung = false;
    },
  };
}
