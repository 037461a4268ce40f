import type { PostKind, RenderedPost } from '#core/chat/adapter.ts';
import { checklistOf } from '#core/chat/checklist.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { endingText } from '#core/chat/ending-text.ts';
import { lateness } from '#core/chat/lateness.ts';
import { queueNote } from '#core/chat/queue-note.ts';
import { receiptLine } from '#core/chat/receipt-line.ts';
import { splitMarkdown } from '#core/chat/split-markdown.ts';
import type { ScheduleCard } from '#core/schedules/card.ts';
import { isFinal } from '#core/turns/state.ts';
import { cardPost, clock } from './card.ts';
import { escaped, htmlOf, markdownContent } from './html.ts';
import type { MatrixPost, MessageContent } from './types.ts';

/** "The complete event MUST NOT be larger than 65536 bytes" as canonical JSON; room for relations, ids and signatures. */
const contentBytes = 45_000;
const partCharacters = 12_000;
/** An answer of more parts comes as its beginning and a file with the whole. */
const mostParts = 3;
/** Whoever waited longer than this is called by name. */
const longMs = 60_000;

/** The posts of a turn in a thread, in the order in which they stand: checklist, cards, answer, files. */
export function renderMatrix(document: TurnDocument, now: Date): RenderedPost[] {
  const note = notePost(document);
  if (document.withdrawn) return note ? [note] : [];
  const checklist = checklistPost(document, now);
  const cards = document.approvals.map((card) => cardPost(document, card));
  const answer = isFinal(document.state) ? answerPosts(document) : [];
  return [...(note ? [note] : []), ...(checklist ? [checklist] : []), ...cards, ...answer];
}

/** A line of Deckhand's own. */
export function renderNotice(text: string, cards: ScheduleCard[] = []): RenderedPost {
  const whole = [text, ...cards.map(cardText)].join('\n\n');
  return post('notice', 'notice', message(markdownContent('m.notice', whole)));
}

/** A schedule, and in words what buttons do elsewhere. */
function cardText({ scheduleId, lines, buttons }: ScheduleCard): string {
  const words = buttons.map((button) => {
    const more = button === 'edit' ? ' every day at 8:00 …' : '';
    return `\`!deckhand schedules ${button} ${scheduleId}${more}\``;
  });
  return [...lines, ...(words.length > 0 ? [`Write ${words.join(' or ')}`] : [])].join('  \n');
}

/**
 * The next in line says that it waits, and how it can be told to what runs. All others have their read receipt: a
 * homeserver's limits are not to be spent on a line of people.
 */
function notePost(document: TurnDocument): RenderedPost | null {
  const note = queueNote(document);
  if (!note || (!note.late && (document.queue?.ahead ?? 0) > 1)) return null;
  const ways = {
    steer: 'Reply "steer now" to tell it to what runs.',
    cancel: 'Reply "cancel" to take it back.',
  };
  const lines = [note.text, ...note.buttons.map((name) => ways[name])];
  const content = textContent('m.notice', lines.join('\n'), lines.map(escaped).join('<br>'));
  return { ...post('queue:0', 'notice', message(content)), edits: true, late: note.late };
}

function checklistPost(document: TurnDocument, now: Date): RenderedPost | null {
  const checklist = checklistOf(document, now);
  if (!checklist) return null;
  const { headline, rows, restarts } = checklist;
  const ended = isFinal(document.state);
  const lines = [
    ...rows.map(({ mark, text }) => `${mark} ${cut(text, 300)}`),
    ...restarts.slice(-8).map(({ text }) => `↻ Restarted. ${cut(text, 2_000)}`),
  ];
  const hint = ended ? [] : ['Reply "stop" to stop.'];
  const html = [
    `<strong>${escaped(headline)}</strong>`,
    ...lines.map(escaped),
    ...hint.map((text) => `<em>${escaped(text)}</em>`),
  ].join('<br>');
  const content = textContent('m.notice', [headline, ...lines, ...hint].join('\n'), html);
  const urgent = ended || document.state === 'waiting' || restarts.length > 0;
  return { ...post('checklist:0', 'checklist', { ...message(content), urgent }), edits: true };
}

function answerPosts(document: TurnDocument): RenderedPost[] {
  const whole = [lateLine(document), document.answer, endingText(document)].filter(Boolean).join('\n\n');
  const all = partsOf(whole);
  const tooLong = all.length > mostParts;
  const parts = tooLong ? all.slice(0, 1) : all;
  // An answer that is only a file still says what left the room.
  if (parts.length === 0) parts.push('');
  const line = receiptLine(document.receipt);
  const texts = parts.map((part, index) => {
    const last = index === parts.length - 1;
    const below = [
      ...(last && tooLong ? ['The whole answer is in the file below.'] : []),
      ...(last ? [line] : []),
    ];
    const content = textContent(
      'm.text',
      [part, ...below].filter(Boolean).join('\n\n'),
      [htmlOf(part), ...below.map((text) => `<p><sub>${escaped(text)}</sub></p>`)].join(''),
    );
    const calls = index === 0 && (document.receipt.ms ?? 0) > longMs ? document.eventId : null;
    return post(`answer:${index}`, 'answer', { ...message(content), calls });
  });
  const wholeFile: MatrixPost = {
    type: 'file',
    name: 'answer.md',
    mediaType: 'text/markdown',
    source: { text: whole },
  };
  return [
    ...texts,
    ...(tooLong ? [post('answer:file', 'answer', wholeFile)] : []),
    ...document.sentFiles.map(({ id, name, mediaType, blob, size }) =>
      post(`file:${id}`, 'answer', { type: 'file', name, mediaType, source: { blob, size } }),
    ),
  ];
}

/** `(asked 2026-11-21 14:02 UTC, I was offline until 14:31)` */
function lateLine(document: TurnDocument): string | null {
  const late = lateness(document);
  return late && `(asked ${clock(late.asked)} UTC, I was offline until ${clock(late.back).slice(11)} UTC)`;
}

/** Parts that fit an event, whatever they are written in: a character may take four bytes, its HTML six times that. */
function partsOf(markdown: string): string[] {
  for (let max = partCharacters; ; max = Math.floor(max / 2)) {
    const parts = splitMarkdown(markdown, max);
    const fits = parts.every((part) => bytesOf(part) + bytesOf(htmlOf(part)) <= contentBytes);
    if (fits || max < 500) return parts;
  }
}

function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

function textContent(msgtype: MessageContent['msgtype'], body: string, html: string): MessageContent {
  return { msgtype, body, format: 'org.matrix.custom.html', formatted_body: html };
}

function message(content: MessageContent): Extract<MatrixPost, { type: 'message' }> {
  return { type: 'message', content, calls: null, card: null, urgent: false };
}

function post(slot: string, kind: PostKind, payload: MatrixPost): RenderedPost {
  return { slot, kind, payload, edits: false };
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;
}
