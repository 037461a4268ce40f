import { type APIChannel, Routes } from 'discord.js';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { type DiscordCalls, discordCodeOf } from './calls.ts';

/** "A thread has already been created for this message": its id is the message's, so it is ours. */
const threadExists = 160004;
/** A question may wait for days: the thread stays in the list for a week (10080 minutes). */
const listedMinutes = 10_080;
const nameCharacters = 90;

/**
 * Starts the thread of a message; once, however often it is tried: "the id of the created thread will be the same as
 * the id of the source message" (resources/channel#start-thread-from-message). @throws as `ChatAdapter.send`
 */
export async function startThread(
  calls: DiscordCalls,
  { channel, thread }: ThreadRef,
  name: string,
  withinMs?: number,
): Promise<void> {
  try {
    await calls.call<APIChannel>('POST', Routes.threads(channel, thread), {
      body: { name: name.slice(0, nameCharacters).toWellFormed(), auto_archive_duration: listedMinutes },
      needs: 'Create Public Threads',
      ...(withinMs === undefined ? {} : { withinMs }),
    });
  } catch (error) {
    if (discordCodeOf(error) !== threadExists) throw error;
  }
}

/** A thread's name: the first line of what was asked. */
export function threadName(text: string, author: string): string {
  const line = text
    .split('\n')
    .map((one) => one.replace(/[`*_~#>|]/g, '').trim())
    .find((one) => one !== '');
  return line || `Request of ${author}`;
}
