import type { Readable } from 'node:stream';
import type { FileRef } from '#core/events/types.ts';

/** Content by its SHA-256, stored once. */
export interface Blobs {
  /** @throws {DeckhandError} `file.too_large`, `disk.full` */
  put(content: Readable | Uint8Array, maxBytes: number): Promise<{ hash: string; size: number }>;
  get(hash: string): Promise<Uint8Array>;
  open(hash: string): Readable;
}

export interface Files {
  /**
   * Records a file whose content is stored. One that came in gets its turn with its message (`turnId` null until then);
   * one that an agent sends belongs to its turn from the start.
   */
  add(
    file: Omit<FileRef, 'id'>,
    direction: 'in' | 'out',
    createdBy: string,
    turnId: string | null,
  ): Promise<FileRef>;
  byId(fileId: string): Promise<(FileRef & { sessionId: string | null; createdBy: string }) | null>;
}
