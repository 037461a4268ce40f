import type { TurnDocument } from './document.ts';

/** What an ended turn says in the place of its answer; Markdown. Null when it has nothing to say but its answer. */
export function endingText(document: TurnDocument): string | null {
  if (document.state === 'cancelled') return `Stopped by ${document.stoppedBy?.name ?? 'Deckhand'}`;
  if (document.state === 'failed') {
    return (
      document.error?.message ?? 'This request failed and left no reason. Ask again, or look at its events.'
    );
  }
  return document.answer === '' && document.sentFiles.length === 0
    ? 'I am done, and have nothing to add.'
    : null;
}
