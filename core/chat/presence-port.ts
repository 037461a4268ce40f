import type { Platform } from './thread-ref.ts';

/** Up to when a platform surely reached us. */
export interface Presence {
  /** Null: it never has. */
  seen(platform: Platform, workspace: string): Promise<Date | null>;
  /** Only ever moves ahead. */
  mark(platform: Platform, workspace: string, at: Date): Promise<void>;
}
