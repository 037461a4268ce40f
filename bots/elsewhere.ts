import type { ChatAdapter } from '#core/chat/adapter.ts';
import { approvalText } from '#core/chat/approval-text.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { endingText } from '#core/chat/ending-text.ts';
import type { Showing } from '#core/chat/posts-port.ts';
import type { Platform, ThreadRef } from '#core/chat/thread-ref.ts';
import { messageOf } from '#core/errors.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { SayNotice } from './notices.ts';
import type { Refusal } from './reconcile.ts';

export interface ElsewhereDeps {
  adapters: Partial<Record<Platform, ChatAdapter>>;
  identities: Identities;
  say: SayNotice;
}

/** The address of one person outside a thread; null where the platform has no such thing. */
export async function directTo(
  { adapters, identities }: Pick<ElsewhereDeps, 'adapters' | 'identities'>,
  thread: ThreadRef,
  userId: string,
): Promise<{ to: ThreadRef; link: string } | null> {
  const adapter = adapters[thread.platform];
  const account = await identities.accountOf(userId, thread.platform, thread.workspace);
  if (!adapter?.direct || !account) return null;
  return {
    to: adapter.direct(thread.workspace, account),
    link: (await adapter.linkTo?.(thread)) ?? 'the thread',
  };
}

/**
 * Where a thread takes no posts any more (archived, deleted, thrown out), whoever asked is told directly: each turn's
 * end once, and each card's outcome once (I1, I7).
 */
export function tellElsewhere(deps: ElsewhereDeps) {
  return async ({ thread }: Showing, refused: Refusal[]): Promise<void> => {
    for (const { document, post, reason } of refused) {
      const words = wordsOf(document, post.slot, messageOf(reason));
      const direct = words && (await directTo(deps, thread, document.author.userId));
      if (!words || !direct) continue;
      const key = `elsewhere/${document.turnId}/${post.slot.startsWith('approval') ? post.slot : 'answer'}`;
      await deps.say({ key, thread: direct.to, text: `About ${direct.link}: ${words}` });
    }
  };
}

function wordsOf(document: TurnDocument, slot: string, why: string): string | null {
  if (slot.startsWith('answer') || slot.startsWith('file')) {
    const said = [document.answer, endingText(document)].filter(Boolean).join('\n\n');
    return `I could not answer there. ${why}\n\n${said}`;
  }
  const card = document.approvals.find(({ approvalId }) => slot === `approval:${approvalId}`);
  if (!card) return null;
  const { question, outcome } = approvalText(card, document.author.name, document.state);
  return outcome ? outcome.text : `I could not ask there. ${why}\n\n${question}\n\nAnswer it on the page.`;
}
