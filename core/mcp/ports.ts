import type { McpSighting } from './types.ts';

/** Whose view of a server: what it offers may depend on whose credential it sees. */
export interface McpViewer {
  workspaceId: string;
  userId: string;
}

/** What tool servers had to offer when they were last asked; the newest sighting of each is kept. */
export interface McpSightings {
  /** By print. */
  of(viewer: McpViewer, prints: readonly string[]): Promise<Map<string, McpSighting>>;
  note(viewer: McpViewer, sighting: Omit<McpSighting, 'seenAt'>): Promise<void>;
}
