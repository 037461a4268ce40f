import type { Platform } from '#core/chat/thread-ref.ts';

export interface WorkspaceFacts {
  readonly workspaceId: string;
  readonly name: string;
  readonly platform: Platform;
}

export interface Workspaces {
  /** Those in which the person has an account, oldest first. */
  of(userId: string): Promise<WorkspaceFacts[]>;
  /** All of this instance, oldest first. */
  all(): Promise<WorkspaceFacts[]>;
}
