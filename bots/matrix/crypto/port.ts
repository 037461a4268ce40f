import { z } from 'zod';
import type { MatrixEvent, SyncBatch } from '../types.ts';

/** Encryption as one device of ours does it. */
export interface Crypto {
  /** Why it does not work, in words for people; null: it does. */
  fault(): string | null;
  /** Takes what a sync brings of keys. All of it is kept when this resolves; it may come again. */
  receive(batch: SyncBatch): Promise<void>;
  /** The event as it was written; null: there is no key to it (yet). */
  decrypt(roomId: string, event: MatrixEvent): Promise<MatrixEvent | null>;
  /** Content of an `m.room.encrypted` event that everybody in the room can read. */
  encrypt(roomId: string, type: string, content: object, algorithm: EncryptedRoom): Promise<object>;
  close(): Promise<void>;
}

/** Content of a room's `m.room.encryption`. */
export const encryptedRoom = z.object({
  algorithm: z.string(),
  rotation_period_ms: z.number().int().positive().optional(),
  rotation_period_msgs: z.number().int().positive().optional(),
});
export type EncryptedRoom = z.infer<typeof encryptedRoom>;
