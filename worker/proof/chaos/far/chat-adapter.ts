import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { endingText } from '#core/chat/ending-text.ts';
import { formatThreadRef } from '#core/chat/thread-ref.ts';
import { isFinal } from '#core/turns/state.ts';
import { callJson } from '../json-server.ts';

/** What a reader of the chat double sees. */
export interface ChatPost {
  /** The message that it belongs to, quoted. */
  asked: string;
  text: string;
  /** The question that a card asks, while it is open. */
  asks: string | null;
}

/** The chat double as a platform: every send is a post of its own there, as on a platform without deduplication. */
export function chatAdapter(url: string): ChatAdapter {
  return {
    platform: 'console',
    render: renderChat,
    send: (thread, post, key) =>
      callJson(url, '/send', {
        thread: formatThreadRef(thread),
        kind: post.kind,
        key,
        content: post.payload,
      }),
    edit: (_thread, platformId, post) => callJson(url, '/edit', { id: platformId, content: post.payload }),
    findPost: (thread, key) => callJson(url, '/find', { thread: formatThreadRef(thread), key }),
  };
}

function renderChat(document: TurnDocument): RenderedPost[] {
  const content = (text: string, asks: string | null): ChatPost => ({ asked: document.text, text, asks });
  const cards = document.approvals.map(
    (card): RenderedPost => ({
      slot: `approval:${card.approvalId}`,
      kind: 'approval',
      payload: content(card.request.subject, card.state === 'open' ? card.approvalId : null),
      edits: true,
    }),
  );
  if (!isFinal(document.state)) return cards;
  const text = [document.answer, endingText(document)].filter(Boolean).join('\n\n');
  return [...cards, { slot: 'answer:0', kind: 'answer', payload: content(text, null), edits: false }];
}
