import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { APIAttachment } from 'discord.js';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { FileRef } from '#core/events/types.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Identities } from '#core/identity/ports.ts';

export interface FilesInDeps {
  blobs: Blobs;
  files: Files;
  identities: Identities;
  maxBytes: number;
}

export type TakeFiles = (
  attachments: APIAttachment[],
  by: InboundMessage['author'],
  workspace: { externalId: string; name: string },
) => Promise<FileRef[]>;

const errors = platformErrors('Discord');
const timeoutMs = 60_000;

/**
 * Files that came with a message. What is too large is refused by name, before it is downloaded.
 * @throws {DeckhandError} `file.too_large`, and as `ChatAdapter.send`
 */
export function filesIn({ blobs, files, identities, maxBytes }: FilesInDeps): TakeFiles {
  return async (attachments, by, workspace) => {
    if (attachments.length === 0) return [];
    const large = attachments.find(({ size }) => size > maxBytes);
    if (large) throw tooLarge(large.filename, maxBytes);
    const { userId } = await identities.resolve('discord', workspace, { id: by.accountId, name: by.name });
    const refs: FileRef[] = [];
    for (const one of attachments) refs.push(await take(one, userId));
    return refs;
  };

  async function take(
    { filename, url, content_type: type }: APIAttachment,
    userId: string,
  ): Promise<FileRef> {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error) => {
      throw errors.unreachable(`download of a file: ${messageOf(error)}`, error);
    });
    // Addresses of files end after a day, and with their message: asked again, there is nothing more to be had.
    if (response.status === 403 || response.status === 404) throw gone(filename);
    if (!response.ok || !response.body) throw errors.unreachable(`download: status ${response.status}`);
    const { hash, size } = await blobs
      .put(Readable.fromWeb(response.body as ReadableStream), maxBytes)
      .catch((error) => {
        const large = error instanceof DeckhandError && error.code === 'file.too_large';
        throw large ? tooLarge(filename, maxBytes) : error;
      });
    const mediaType = type?.split(';')[0] || 'application/octet-stream';
    return files.add({ name: filename, mediaType, size, blob: hash }, 'in', userId, null);
  }
}

function tooLarge(name: string, maxBytes: number): DeckhandError {
  const most = Math.floor(maxBytes / 1024 / 1024);
  return new DeckhandError(
    'file.too_large',
    `I did not start this: ${name} is larger than ${most} MiB, the most I take. Send a part of it, or a link.`,
    { blame: 'asker' },
  );
}

function gone(name: string): DeckhandError {
  return new DeckhandError(
    'file.gone',
    `I did not start this: ${name} can no longer be had from Discord. Send it again.`,
    { blame: 'asker' },
  );
}
