import { type APIMessageTopLevelComponent, ComponentType } from 'discord.js';
import type { RenderedPost } from '#core/chat/adapter.ts';
import { checklistOf } from '#core/chat/checklist.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { endingText } from '#core/chat/ending-text.ts';
import { lateness } from '#core/chat/lateness.ts';
import { queueNote } from '#core/chat/queue-note.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import { splitMarkdown } from '#core/chat/split-markdown.ts';
import type { ScheduleCard } from '#core/schedules/card.ts';
import { isFinal } from '#core/turns/state.ts';
import { button } from './actions.ts';
import { cardPost } from './card.ts';
import { container, cut, localTime, row, safe, text } from './render-parts.ts';
import { scheduleCards } from './schedule-cards.ts';
import type { DiscordFile, DiscordMessage, DiscordPost } from './types.ts';

/** "Message contents (up to 2000 characters)" (resources/message#create-message). */
const contentCharacters = 2_000;
const noticeCharacters = 3_500;
/** All texts of a message hold 4,000 characters together. */
const noticeBesideCards = 500;
/** Room for a mention of the asker, and for a word on the file. */
const spare = 80;
/** An answer of more parts comes as its beginning and a file with the whole. */
const mostParts = 5;
/** "The default limit is 10 MiB" a file, and 25 MiB a request (reference#uploading-files). */
const most = { fileBytes: 10 * 1024 * 1024, requestBytes: 24 * 1024 * 1024, files: 10 };
/** An answer after a longer turn pings its asker. */
const pingAfterMs = 60_000;

/** The posts of a turn in a Discord thread, in the order in which they stand: checklist, cards, answer. */
export function renderDiscord(document: TurnDocument, now: Date): RenderedPost[] {
  const note = notePost(document);
  if (document.withdrawn) return note ? [note] : [];
  const checklist = checklistPost(document, now);
  return [
    ...(note ? [note] : []),
    ...(checklist ? [checklist] : []),
    ...document.approvals.map((card) => cardPost(document, card)),
    ...(isFinal(document.state) ? [answerPost(document)] : []),
  ];
}

/** Said once in a thread where we cannot read: with a button that lets people write to us all the same. */
export const cannotReadText =
  'I cannot read messages here without a mention (message content is off). Mention me, or press **Reply**.';

/** Said where our role was mentioned and we cannot read. */
export const cannotReadRoleText =
  'You mentioned my role, and Discord does not show me what such a message says (message content is off). Mention me instead: the name that is no role.';

/** A line of Deckhand's own. What is too long for a message comes as a file, whole. */
export function renderNotice(words: string, cards: ScheduleCard[] = []): RenderedPost {
  const reply = words === cannotReadText ? [row([button('reply', 'Reply', 'thread')])] : [];
  const long = words.length > noticeCharacters;
  const file: APIMessageTopLevelComponent = {
    type: ComponentType.File,
    file: { url: 'attachment://message.md' },
  };
  const message: DiscordMessage = {
    components: [
      text(cut(words, cards.length > 0 ? noticeBesideCards : noticeCharacters)),
      ...(long ? [file] : []),
      ...scheduleCards(cards),
      ...reply,
    ],
    ...(long ? { files: [{ name: 'message.md', source: { text: words } }] } : {}),
  };
  const payload: DiscordPost = { type: 'post', messages: [message], ping: null, late: 'leave' };
  return { slot: 'notice', kind: 'notice', payload, edits: false };
}

/** A request that has to wait says so, and how it can be told to what runs. */
function notePost(document: TurnDocument): RenderedPost | null {
  const note = queueNote(document);
  if (!note) return null;
  const labels = { steer: 'Steer now', cancel: 'Cancel' };
  const buttons = note.buttons.map((name) =>
    button(name === 'steer' ? 'steer' : 'stop', labels[name], document.turnId),
  );
  const components = [text(note.text), ...(buttons.length > 0 ? [row(buttons)] : [])];
  const payload: DiscordPost = {
    type: 'post',
    messages: [{ components, silent: true }],
    ...{ ping: null, late: 'leave' },
  };
  return { slot: 'queue:0', kind: 'notice', payload, edits: true, late: note.late };
}

function checklistPost(document: TurnDocument, now: Date): RenderedPost | null {
  const checklist = checklistOf(document, now);
  if (!checklist) return null;
  const { headline, rows, restarts } = checklist;
  const ended = isFinal(document.state);
  const lines = [
    `**${safe(headline)}**`,
    ...rows.map(({ mark, text: words }) => `${mark}  ${cut(safe(words), 250)}`),
    ...restarts.slice(-3).map(({ text: words }) => `-# ↻ Restarted. ${cut(safe(words), 400)}`),
  ];
  const stop = ended ? [] : [button('stop', 'Stop', document.turnId)];
  const buttons = row([...stop, button('details', 'Details', document.turnId)]);
  const payload: DiscordPost = {
    type: 'post',
    messages: [{ components: [container([text(lines.join('\n')), buttons])], silent: true }],
    ping: null,
    late: 'leave',
  };
  return { slot: 'checklist:0', kind: 'checklist', payload, edits: true };
}

function answerPost(document: TurnDocument): RenderedPost {
  const whole = [lateLine(document), document.answer, endingText(document)].filter(Boolean).join('\n\n');
  const line = `-# ${receiptLine(document.receipt)}`;
  const large = document.sentFiles.filter(({ size }) => size > most.fileBytes);
  const unsent = large.map(
    ({ name }) => `-# ${safe(name)} is larger than Discord takes: get it on the page.`,
  );
  const footer = ['', ...unsent, line].join('\n');
  const all = splitMarkdown(whole, contentCharacters - footer.length - spare);
  const tooLong = all.length > mostParts;
  const parts = tooLong ? [`${all[0] ?? ''}\n-# The whole answer is in answer.md.`] : all;
  const files: DiscordFile[] = [
    ...(tooLong ? [{ name: 'answer.md', source: { text: whole } }] : []),
    ...document.sentFiles
      .filter(({ size }) => size <= most.fileBytes)
      .map(({ name, blob, size }) => ({ name, source: { blob, size } })),
  ];
  const batches = batchesOf(files);
  const before: DiscordMessage[] = [
    ...parts.slice(0, -1).map((content) => ({ content })),
    ...batches.slice(0, -1).map((batch) => ({ files: batch })),
  ];
  const last: DiscordMessage = {
    content: `${parts.at(-1) ?? ''}${footer}`.trim(),
    components: [
      row([button('receipt', 'Receipt', document.turnId), button('retry', 'Retry', document.turnId)]),
    ],
    ...(batches.length > 0 ? { files: batches.at(-1) } : {}),
  };
  const long = (document.receipt.ms ?? 0) > pingAfterMs;
  const payload: DiscordPost = {
    type: 'post',
    messages: [...before, last],
    ping: long ? document.eventId : null,
    late: 'leave',
  };
  return { slot: 'answer:0', kind: 'answer', payload, edits: false };
}

function lateLine(document: TurnDocument): string | null {
  const late = lateness(document);
  return late && `-# (asked ${localTime(late.asked)}, I was offline until ${localTime(late.back)})`;
}

/** Files as messages hold them: ten a message, and no more bytes than a request may have. */
function batchesOf(files: DiscordFile[]): DiscordFile[][] {
  const batches: DiscordFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const size = 'text' in file.source ? Buffer.byteLength(file.source.text) : file.source.size;
    const current = batches.at(-1);
    if (!current || current.length >= most.files || bytes + size > most.requestBytes) {
      batches.push([file]);
      bytes = size;
    } else {
      current.push(file);
      bytes += size;
    }
  }
  return batches;
}
