import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { FileRef } from '#core/events/types.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { SlackCalls } from './calls.ts';
import type { SlackUpload } from './events.ts';
import type { SlackSelf } from './types.ts';

export interface FilesInDeps {
  calls: SlackCalls;
  blobs: Blobs;
  files: Files;
  identities: Identities;
  self: SlackSelf;
  maxBytes: number;
}

const errors = platformErrors('Slack');
const timeoutMs = 60_000;

/**
 * Files that came with a message, downloaded with the bot's token. What is too large or no file of Slack's is refused
 * by name; a download that fails leaves the event unacknowledged, so that it is tried again.
 * @throws {DeckhandError} `file.too_large`, `file.elsewhere`, and as `ChatAdapter.send`
 */
export function filesIn({ calls, blobs, files, identities, self, maxBytes }: FilesInDeps) {
  return async (uploads: SlackUpload[], by: InboundMessage['author']): Promise<FileRef[]> => {
    if (uploads.length === 0) return [];
    const account = { id: by.accountId, name: by.name };
    const workspace = { externalId: self.teamId, name: self.teamName };
    const { userId } = await identities.resolve('slack', workspace, account);
    const refs: FileRef[] = [];
    for (const one of uploads) refs.push(await take(one, userId));
    return refs;
  };

  async function take(one: SlackUpload, userId: string): Promise<FileRef> {
    const name = one.name ?? one.id;
    const url = one.url_private_download ?? one.url_private;
    if (!url || one.mode === 'external') {
      throw new DeckhandError(
        'file.elsewhere',
        `I did not start this: ${name} lies outside of Slack, where I cannot get it. Upload the file itself.`,
        { blame: 'asker' },
      );
    }
    if ((one.size ?? 0) > maxBytes) throw tooLarge(name, maxBytes);
    const response = await calls.download(url, AbortSignal.timeout(timeoutMs)).catch((error) => {
      throw errors.unreachable(`download of a file: ${messageOf(error)}`, error);
    });
    // Without the right to read files Slack shows a page to sign in, with status 200.
    const isPage =
      response.headers.get('content-type')?.startsWith('text/html') && one.mimetype !== 'text/html';
    if (isPage || response.status === 401 || response.status === 403) {
      throw errors.unauthorized('download of a file: the scope files:read is missing, or the token');
    }
    if (!response.ok || !response.body) throw errors.unreachable(`download: status ${response.status}`);
    const { hash, size } = await blobs
      .put(Readable.fromWeb(response.body as ReadableStream), maxBytes)
      .catch((error) => {
        throw error instanceof DeckhandError && error.code === 'file.too_large'
          ? tooLarge(name, maxBytes)
          : error;
      });
    const mediaType = one.mimetype ?? 'application/octet-stream';
    return files.add({ name, mediaType, size, blob: hash }, 'in', userId, null);
  }
}

function tooLarge(name: string, maxBytes: number): DeckhandError {
  return new DeckhandError(
    'file.too_large',
    `I did not start this: ${name} is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB, the most I take. Send a part of it, or a link.`,
    { blame: 'asker' },
  );
}
