import { openBlobFolder } from '#core/infra/blobs.ts';
import type { Snapshot } from '#core/sessions/snapshots-port.ts';
import type { SnapshotStore } from './options.ts';

/** Saved workspaces in a folder, and which is the newest as the table in Postgres has it; its own test holds it to that. */
export function snapshotsForTests(folder: string): SnapshotStore {
  const rows = new Map<string, Snapshot>();
  return {
    blobs: openBlobFolder(folder),
    snapshots: {
      latest: async (sessionId) => rows.get(sessionId) ?? null,
      save: async (sessionId, snapshot) => {
        if ((rows.get(sessionId)?.generation ?? 0) !== snapshot.generation - 1) return false;
        rows.set(sessionId, snapshot);
        return true;
      },
      stepsSince: async () => 0,
    },
  };
}
