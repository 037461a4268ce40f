import { setTimeout as sleep } from 'node:timers/promises';
import { platformErrors } from '#core/chat/platform-errors.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { messageOf } from '#core/errors.ts';
import type { Blobs } from '#core/files/ports.ts';
import type { SlackCalls } from './calls.ts';
import { directThread, type SlackFile } from './types.ts';

export interface SlackFiles {
  /** Uploads and shares a file; gives its id, which `remember` hears before anybody can see the file. */
  send(thread: ThreadRef, file: SlackFile, remember: (fileId: string) => Promise<void>): Promise<string>;
  /** Is this file shared in the channel? Waits a few seconds for it. */
  find(thread: ThreadRef, fileId: string): Promise<boolean>;
}

/** A share comes a moment after the call that asks for it, and at times never. */
const shareWaitMs = 5_000;
const lookEveryMs = 250;
const uploadTimeoutMs = 120_000;
const errors = platformErrors('Slack');

/**
 * Files from us to a thread, in Slack's three steps. The last one gives no `ts` and may say ok without sharing: what
 * counts is whether the file's own record names the channel.
 */
export function slackFiles(calls: SlackCalls, blobs: Blobs): SlackFiles {
  async function isShared(thread: ThreadRef, fileId: string): Promise<boolean> {
    const { file } = await calls
      .call({ method: 'files.info' }, (client) => client.files.info({ file: fileId }))
      .catch((error) => {
        // Before the upload is complete the file is not there for anybody.
        if (error.code === 'platform.refused') return { file: undefined };
        throw error;
      });
    const shares = { ...file?.shares?.public, ...file?.shares?.private } as Record<string, unknown>;
    return thread.channel in shares;
  }

  async function find(thread: ThreadRef, fileId: string): Promise<boolean> {
    const end = Date.now() + shareWaitMs;
    while (!(await isShared(thread, fileId))) {
      if (Date.now() > end) return false;
      await sleep(lookEveryMs);
    }
    return true;
  }

  return {
    find,
    send: async (thread, file, remember) => {
      const bytes = 'text' in file.source ? Buffer.from(file.source.text) : await blobs.get(file.source.blob);
      const ticket = await calls.call({ method: 'files.getUploadURLExternal' }, (client) =>
        client.files.getUploadURLExternal({ filename: file.name, length: bytes.length }),
      );
      const { file_id: fileId = '', upload_url: url = '' } = ticket;
      await upload(url, bytes);
      await remember(fileId);
      await calls.call({ method: 'files.completeUploadExternal' }, (client) =>
        client.files.completeUploadExternal({
          files: [{ id: fileId, title: file.name }],
          channel_id: thread.channel,
          ...(thread.thread === directThread ? {} : { thread_ts: thread.thread }),
        } as Parameters<typeof client.files.completeUploadExternal>[0]),
      );
      if (!(await find(thread, fileId))) throw errors.unknown('the file was taken and not shown');
      return fileId;
    },
  };
}

/** The bytes; sent again they do no harm, since nobody sees them before the upload is completed. */
async function upload(url: string, bytes: Uint8Array): Promise<void> {
  const signal = AbortSignal.timeout(uploadTimeoutMs);
  const response = await fetch(url, { method: 'POST', body: new Uint8Array(bytes), signal }).catch(
    (error) => {
      throw errors.unreachable(`upload: ${messageOf(error)}`, error);
    },
  );
  if (!response.ok) throw errors.unreachable(`upload: status ${response.status}`);
}
