import type { Readable } from 'node:stream';
import type { FileRef } from '#core/events/types.ts';

/** Content by its SHA-256, stored once. */
export interface Blobs {
  /** @throws {DeckhandError} `file.too_large`, `disk.full` */
  put(content: Readable | Uint8Array, maxBytes: number): Promise<{ hash: string; size: number }>;
  get(hash: string): Promise<Uint8Array>;
  open(hash: string): Readable;
}

/** What has lain in the store for so long that whoever put it has named it since, if anybody did. */
export interface OldBlobs {
  /** Hashes of contents that nobody has put for `ms`. */
  olderThan(ms: number): Promise<string[]>;
  /** False when it has been put again meanwhile, or is gone. */
  remove(hash: string, olderThanMs: number): Promise<boolean>;
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
