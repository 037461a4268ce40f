import type { CommandReply } from '#core/commands/reply.ts';
import type { Log } from '#core/log.ts';
import { renderNotice } from './render.ts';
import type { SlackMessage } from './types.ts';

/** What may be answered by its response URL: it works in archived channels too, and for half an hour. */
export interface Answerable {
  response_url?: string | undefined;
  message?: { thread_ts?: string | undefined } | undefined;
}

/** Words and schedules as a message's fields. */
export function messageBody({ text, cards }: Pick<CommandReply, 'text' | 'cards'>) {
  const { text: words, blocks } = renderNotice(text, cards).payload as SlackMessage;
  return { text: words, blocks };
}

/** Says something to one person, or puts it in the place of what was pressed. Never throws. */
export async function respondTo(
  { response_url: url, message }: Answerable,
  reply: Pick<CommandReply, 'text' | 'cards'>,
  log: Log,
  { replace = false } = {},
): Promise<void> {
  if (!url) return;
  const body = JSON.stringify({
    ...messageBody(reply),
    ...(replace ? {} : { response_type: 'ephemeral' }),
    replace_original: replace,
    ...(message?.thread_ts ? { thread_ts: message.thread_ts } : {}),
  });
  const headers = { 'content-type': 'application/json' };
  await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }).catch((error) =>
    log.warn({ err: error }, 'a person was not told what came of a press'),
  );
}
