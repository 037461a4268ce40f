import type { SessionFacts, Sessions } from '#core/sessions/ports.ts';
import { directWorkspace } from './types.ts';

/** Where Deckhand was spoken to lately, as far as Discord does not tell it by itself. */
export interface KnownPlaces {
  /** Direct conversations: Discord lists none to a bot. */
  directs: string[];
  /** Channels with a thread of ours: of archived threads the gateway says nothing. */
  channels: Set<string>;
}

const page = 100;
const mostPages = 20;
/** Who has not written for this long writes again while we listen. */
const recentMs = 30 * 24 * 3_600_000;

export async function knownPlaces(sessions: Sessions): Promise<KnownPlaces> {
  const found: KnownPlaces = { directs: [], channels: new Set() };
  let last: SessionFacts | undefined;
  for (let count = 0; count < mostPages; count += 1) {
    const list: SessionFacts[] = await sessions.list({
      platform: 'discord',
      before: last?.updatedAt,
      beforeId: last?.sessionId,
      limit: page,
    });
    for (const { thread } of list) {
      if (thread.workspace === directWorkspace) found.directs.push(thread.channel);
      else found.channels.add(thread.channel);
    }
    last = list.at(-1);
    if (list.length < page || !last || Date.now() - Date.parse(last.updatedAt) > recentMs) break;
  }
  return found;
}
