import { Routes } from 'discord.js';
import type { TurnDocument } from '#core/chat/document.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { Log } from '#core/log.ts';
import type { DiscordCalls } from './calls.ts';

export type ShowStatus = (thread: ThreadRef, document: TurnDocument) => void;

/** "A typing indicator … expires after 10 seconds" (resources/channel#trigger-typing-indicator). */
const againMs = 7_000;
const withinMs = 2_000;

/** Shows that a turn is at work: Discord's typing indicator, which goes by itself, and with the answer. */
export function discordStatus(calls: DiscordCalls, log: Log): ShowStatus {
  const shownMs = new Map<string, number>();
  return (thread, { state, turnId }) => {
    if (state !== 'running' && state !== 'queued') return void shownMs.delete(thread.thread);
    if (Date.now() - (shownMs.get(thread.thread) ?? 0) < againMs) return;
    if (shownMs.size > 10_000) shownMs.clear();
    shownMs.set(thread.thread, Date.now());
    calls
      .call('POST', Routes.channelTyping(thread.thread), { withinMs })
      .catch((error) => log.debug({ err: error, turn: turnId }, 'typing was not shown'));
  };
}
