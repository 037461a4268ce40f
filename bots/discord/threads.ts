import { type APIChannel, Routes } from 'discord.js';
import { platformErrors } from '#core/chat/platform-errors.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { type DiscordCalls, discordCodeOf } from './calls.ts';

/** "A thread has already been created for this message": its id is the message's, so it is ours. */
const threadExists = 160004;
const errors = platformErrors('Discord');
/** Where no thread can be: what people can do about it. */
const whyNone: Record<number, string> = {
  50024: 'no thread can be begun in this kind of channel; ask in a text channel, or write to me directly',
  160006: 'this server has as many active threads as it may; close some, and ask again',
};
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
    const code = discordCodeOf(error);
    if (code === threadExists) return;
    const why = code === null ? undefined : whyNone[code];
    throw why ? errors.refused(why, (error as Error).cause) : error;
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
