import type { Platform } from '#core/chat/thread-ref.ts';
import type { WorkspaceFacts, Workspaces } from '#core/identity/workspaces.ts';
import type { Database } from './database.ts';

/** Workspaces on Postgres. */
export function openWorkspaces({ prisma }: Database): Workspaces {
  // Ids rise with time.
  const oldest = { orderBy: { id: 'asc' } } as const;
  return {
    of: async (userId) => {
      const rows = await prisma.workspace.findMany({
        where: { identities: { some: { userId } } },
        ...oldest,
      });
      return rows.map(toFacts);
    },
    all: async () => (await prisma.workspace.findMany({ ...oldest })).map(toFacts),
  };
}

function toFacts({ id, name, platform }: { id: string; name: string; platform: string }): WorkspaceFacts {
  return { workspaceId: id, name, platform: platform as Platform };
}
