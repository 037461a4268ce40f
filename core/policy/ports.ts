import type { Policy } from './document.ts';

export interface Policies {
  /** The documents that hold for a turn: at most one of each layer. */
  layersFor(of: { workspaceId: string; userId: string; sessionId: string }): Promise<Policy[]>;
}
