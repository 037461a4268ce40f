import type { Platform } from './thread-ref.ts';

/** Up to when all that was said at a platform is surely settled. What is newer may not have reached us. */
export interface Presence {
  /** Null: we have never been there. */
  seen(platform: Platform, workspace: string): Promise<Date | null>;
  /** Only ever moves ahead. */
  mark(platform: Platform, workspace: string, at: Date): Promise<void>;
}
