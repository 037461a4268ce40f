import type { KnownBlock } from '@slack/types';
import type { RenderedPost } from '#core/chat/adapter.ts';
import { checklistOf } from '#core/chat/checklist.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { endingText } from '#core/chat/ending-text.ts';
import { lateness } from '#core/chat/lateness.ts';
import { queueNote } from '#core/chat/queue-note.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import type { ScheduleCard } from '#core/schedules/card.ts';
import { isFinal } from '#core/turns/state.ts';
import { button } from './actions.ts';
import { cardPost, localTime } from './card.ts';
import { splitMarkdown, withoutPings } from './markdown.ts';
import { context, cut, message, safe } from './render-parts.ts';
import { scheduleBlocks } from './schedule-blocks.ts';
import type { SlackFile, SlackMessage } from './types.ts';

/** "The cumulative limit for all markdown blocks in a single payload is 12,000 characters"; room for our own lines. */
const partCharacters = 11_500;
/** An answer after a longer turn mentions its asker. */
const pingAfterMs = 60_000;
/** Behind more than so many the status alone says that it waits: notes would take the channel's places from answers. */
const mostAhead = 5;
/** An answer of more parts comes as its beginning and a file with the whole. */
const mostParts = 3;

/** The posts of a turn in a Slack thread, in the order in which they stand: checklist, cards, answer, files. */
export function renderSlack(document: TurnDocument, now: Date): RenderedPost[] {
  const note = notePost(document);
  if (document.withdrawn) return note;
  const checklist = checklistPost(document, now);
  const cards = document.approvals.map((card) => cardPost(document, card));
  const answer = isFinal(document.state) ? answerPosts(document) : [];
  return [...note, ...(checklist ? [checklist] : []), ...cards, ...answer];
}

/** Where a request that has to wait stands. What was told to another turn says so in any case: it has no answer. */
function notePost(document: TurnDocument): RenderedPost[] {
  const note = queueNote(document);
  if (!note || (document.queue?.ahead ?? 0) > mostAhead) return [];
  const labels = { steer: 'Steer now', cancel: 'Cancel' } as const;
  const buttons = note.buttons.map((action) => button(action, labels[action], document.turnId));
  const actions: KnownBlock[] = buttons.length > 0 ? [{ type: 'actions', elements: buttons }] : [];
  const payload = message(note.text, [context(safe(note.text, 2_900)), ...actions]);
  const late = note.late && !document.steering?.told;
  return [{ slot: 'queue', kind: 'notice', payload, edits: true, late }];
}

/** A line of Deckhand's own. */
export function renderNotice(text: string, cards: ScheduleCard[] = []): RenderedPost {
  const words = cut(withoutPings(text), partCharacters);
  return {
    slot: 'notice',
    kind: 'notice',
    payload: message(words, [{ type: 'markdown', text: words }, ...scheduleBlocks(cards)]),
    edits: false,
  };
}

function checklistPost(document: TurnDocument, now: Date): RenderedPost | null {
  const checklist = checklistOf(document, now);
  if (!checklist) return null;
  const { headline, rows, restarts } = checklist;
  const lines = [`*${safe(headline, 200)}*`, ...rows.map((row) => `${row.mark}  ${safe(row.text, 300)}`)];
  const blocks: KnownBlock[] = [{ type: 'section', text: { type: 'mrkdwn', text: lines.join('\n') } }];
  for (const { text } of restarts.slice(-8)) {
    blocks.push(context(`↻ Restarted. ${safe(text, 2_500)}`));
  }
  const stop = isFinal(document.state) ? [] : [button('stop', 'Stop', document.turnId)];
  blocks.push({ type: 'actions', elements: [...stop, button('details', 'Details', document.turnId)] });
  const payload = message(withoutPings(headline), blocks);
  return { slot: 'checklist:0', kind: 'checklist', payload, edits: true };
}

function answerPosts(document: TurnDocument): RenderedPost[] {
  const whole = withoutPings([document.answer, endingText(document)].filter(Boolean).join('\n\n'));
  const all = splitMarkdown(whole, partCharacters);
  const tooLong = all.length > mostParts;
  const parts = tooLong ? all.slice(0, 1) : all;
  const { turnId } = document;
  const late = lateBlocks(document);
  const slow = (document.receipt.ms ?? 0) > pingAfterMs;
  const posts = parts.map((part, index): RenderedPost => {
    const last = index === parts.length - 1;
    const blocks: KnownBlock[] = [
      ...(index === 0 ? late : []),
      { type: 'markdown', text: part },
      ...(last && tooLong ? [context('The whole answer is in the file below.')] : []),
      ...(last ? receiptBlocks(document) : []),
    ];
    // What begins with more than words, or has several parts, is no stream's end.
    const fits = last && !tooLong && !slow && late.length === 0;
    const whole = fits ? { text: part, tail: receiptBlocks(document) } : null;
    const first = { ...(slow ? { ping: document.author.userId } : {}), stream: { turnId, whole } };
    return post(`answer:${index}`, { ...message(part, blocks), ...(index === 0 ? first : {}) });
  });
  const files: RenderedPost[] = [
    ...(tooLong ? [post('answer:file', { type: 'file', name: 'answer.md', source: { text: whole } })] : []),
    ...document.sentFiles.map(({ id, name, blob, size }) =>
      post(`file:${id}`, { type: 'file', name, source: { blob, size } }),
    ),
  ];
  return [...posts, ...files];
}

function post(slot: string, payload: SlackMessage | SlackFile): RenderedPost {
  return { slot, kind: 'answer', payload, edits: false };
}

/** What was asked while we were away says so before its answer. */
function lateBlocks(document: TurnDocument): KnownBlock[] {
  const late = lateness(document);
  if (!late) return [];
  return [context(`(asked ${localTime(late.asked)}, I was offline until ${localTime(late.back)})`)];
}

function receiptBlocks(document: TurnDocument): KnownBlock[] {
  return [
    context(safe(receiptLine(document.receipt), 2_900)),
    {
      type: 'actions',
      elements: [button('receipt', 'Receipt', document.turnId), button('retry', 'Retry', document.turnId)],
    },
  ];
}
