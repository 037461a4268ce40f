import { z } from 'zod';
import type { Log } from '#core/log.ts';

/** What a role tells the process that started it. */
const roleMessage = z.union([
  /** It does its work now. `url` where it listens, when it listens. */
  z.object({ ready: z.literal(true), url: z.string().optional() }),
  /** A one-time link for the person at the terminal. */
  z.object({ signIn: z.string() }),
]);

export type RoleMessage = z.infer<typeof roleMessage>;

/** @returns null for anything that is no message of a role. */
export function parseRoleMessage(message: unknown): RoleMessage | null {
  return roleMessage.safeParse(message).data ?? null;
}

/** Tells the process that started this role; does nothing when a person started it by hand. */
export function tellSupervisor(message: RoleMessage): void {
  if (process.connected) process.send?.(message);
}

/**
 * Aborts when this process is to stop: asked by a signal, or orphaned, which a closed channel shows also after
 * `kill -9` of the parent.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
  process.on('disconnect', () => stop.abort('disconnect'));
  // Listening to the channel must not keep a process from ending whose work is done.
  process.channel?.unref();
  return stop.signal;
}

/**
 * Logs what nobody caught, with its stack, and ends the process with status 1: its supervisor starts it again. Without
 * it the Agents SDK's own listener ends a worker and says no more than "Unhandled rejection object".
 */
export function endOnCrash(log: Log): void {
  const end = (error: unknown) => {
    log.fatal({ err: error }, 'this process ends: nobody caught an error');
    process.exit(1);
  };
  process.on('uncaughtException', end).on('unhandledRejection', end);
}
