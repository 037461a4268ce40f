import type { SandboxOptions } from '#worker/sandbox/docker/options.ts';
import type { Death } from './death.ts';
import type { Reach } from './far/far-side.ts';

/** The version that its workers give for themselves, unless told another. */
export const chaosVersion = '0.0.0-chaos';

/** Every platform lets people write so much; more is refused. */
export const maxMessageBytes = 1_500;

/** What a process of a chaos run is started with: the one argument of its command line, as JSON. */
export interface RoleSettings {
  databaseUrl: string;
  home: string;
  /** The platforms, for the bots. */
  reach: Reach;
  /** For workers with real sandboxes. */
  sandbox?: Omit<SandboxOptions, 'uidFor' | 'onNote'>;
  death: Death | null;
  /** The version that workers give for themselves; `chaosVersion` if absent. */
  version?: string;
}

/** What such a process says when it does its work: a worker its id, the bots where events are taken. */
export type RoleReady = { worker: string } | { url: string };

export function readRoleSettings(argv: readonly string[]): RoleSettings {
  return JSON.parse(argv[2] ?? 'null') as RoleSettings;
}

/** Tells the chaos process, and ends this one when that is gone: a proof leaves nothing behind. */
export function reportReady(ready: RoleReady): void {
  process.on('disconnect', () => process.exit(0));
  process.send?.(ready);
}
