import type { Sessions } from '#core/sessions/ports.ts';
import { directWorkspace } from './types.ts';

const page = 100;
const mostPages = 20;
/** Who has not written for this long writes again while we listen. */
const recentMs = 30 * 24 * 3_600_000;

/** Direct conversations with a session, newest first: Discord lists none to a bot. */
export async function directConversations(sessions: Sessions): Promise<string[]> {
  const found: string[] = [];
  let before: string | undefined;
  for (let count = 0; count < mostPages; count += 1) {
    const list = await sessions.list({ platform: 'discord', limit: page, ...(before ? { before } : {}) });
    for (const { thread } of list) if (thread.workspace === directWorkspace) found.push(thread.channel);
    before = list.at(-1)?.updatedAt;
    if (list.length < page || !before || Date.now() - Date.parse(before) > recentMs) break;
  }
  return found;
}
