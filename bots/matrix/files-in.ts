import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { DeckhandError } from '#core/errors.ts';
import type { FileRef } from '#core/events/types.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Identities } from '#core/identity/ports.ts';
import { openFile, type SealedFile } from './crypto/attachments.ts';
import type { Homeserver } from './homeserver.ts';
import { serverOf } from './types.ts';

export interface FilesInDeps {
  homeserver: Homeserver;
  blobs: Blobs;
  files: Files;
  identities: Identities;
  maxBytes: number;
}

export interface Upload {
  uri: string;
  /** How to open it; null: it was uploaded as it is. */
  sealed: SealedFile | null;
  name: string;
  mediaType: string | null;
  size: number;
}

const timeoutMs = 120_000;
const errors = platformErrors('Matrix');

/**
 * Brings an uploaded file to us (authenticated media). What is too large or gone is refused in words; a download that
 * fails is tried again with its message. @throws {DeckhandError} `file.too_large`, `file.gone`, `file.damaged`, `platform.unreachable`
 */
export function filesIn({ homeserver, blobs, files, identities, maxBytes }: FilesInDeps) {
  const server = serverOf(homeserver.userId);

  return async (
    { uri, sealed, name, mediaType, size }: Upload,
    by: InboundMessage['author'],
  ): Promise<FileRef> => {
    if (size > maxBytes) throw tooLarge(name, maxBytes);
    const response = await homeserver.download(uri, AbortSignal.timeout(timeoutMs));
    if (response.status === 404 || response.status === 403) {
      throw new DeckhandError(
        'file.gone',
        `I did not start this: the homeserver does not give me ${name} any more. Send it again.`,
        { blame: 'platform' },
      );
    }
    if (!response.ok || !response.body) throw errors.unreachable(`download: status ${response.status}`);
    const body = Readable.fromWeb(response.body as ReadableStream);
    const stored = await blobs
      .put(sealed ? Readable.from(openFile(body, sealed, name)) : body, maxBytes)
      .catch((error) => {
        const large = error instanceof DeckhandError && error.code === 'file.too_large';
        throw large ? tooLarge(name, maxBytes) : error;
      });
    const account = { id: by.accountId, name: by.name };
    const { userId } = await identities.resolve('matrix', { externalId: server, name: server }, account);
    const facts = { name, mediaType: mediaType ?? 'application/octet-stream' };
    return files.add({ ...facts, size: stored.size, blob: stored.hash }, 'in', userId, null);
  };
}

function tooLarge(name: string, maxBytes: number): DeckhandError {
  return new DeckhandError(
    'file.too_large',
    `I did not start this: ${name} is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB, the most I take. Send a part of it, or a link.`,
    { blame: 'asker' },
  );
}
