import { wellFormed } from '#core/events/canonical.ts';
import type { FileRef } from '#core/events/types.ts';
import type { Files } from '#core/files/ports.ts';
import { newId } from '#core/ids.ts';
import type { Database } from './database.ts';

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

/** A file's name without folders, control or direction characters; never empty, never `.` or `..`. */
export function safeName(name: string): string {
  const last = wellFormed(name).split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, 120);
  return plain === '' || /^\.+$/.test(plain) ? 'file' : plain;
}
