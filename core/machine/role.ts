import { z } from 'zod';

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
