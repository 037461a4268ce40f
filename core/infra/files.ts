import type { FileRef } from '#core/events/types.ts';
import type { Files } from '#core/files/ports.ts';
import { newId } from '#core/ids.ts';
import type { Database } from './database.ts';
import { safeName } from './file-names.ts';

/** Files on Postgres; their content lies in the blob store. */
export function openFiles({ prisma }: Database): Files {
  return {
    add: async (file, direction, createdBy, turnId) => {
      const ref: FileRef = { ...file, id: newId('fil'), name: safeName(file.name) };
      await prisma.file.create({ data: { ...ref, direction, createdBy, turnId } });
      return ref;
    },
    byId: async (fileId) => {
      const found = await prisma.file.findUnique({ where: { id: fileId }, include: { turn: true } });
      if (!found) return null;
      const { id, name, mediaType, size, blob, createdBy, turn } = found;
      return { id, name, mediaType, size, blob, createdBy, sessionId: turn?.sessionId ?? null };
    },
  };
}
