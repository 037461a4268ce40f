import MarkdownIt from 'markdown-it';
import type { MessageContent } from './types.ts';

/**
 * HTML of clients' own making is untrusted, and so is a model's: markup in the text is shown, never interpreted. What
 * comes out are only elements that clients take (spec.matrix.org, "m.room.message msgtypes", allowed tags).
 */
const parser = new MarkdownIt({ html: false, linkify: false, breaks: true }).enable('table').disable('image');

// A relative link would lead to somewhere in the reader's client.
parser.validateLink = (url) => /^(https?|mailto|matrix):/i.test(url);

/** Safe HTML of Markdown. */
export function htmlOf(markdown: string): string {
  return parser.render(markdown).trim();
}

/** A piece of text inside HTML of ours. */
export function escaped(text: string): string {
  return parser.utils.escapeHtml(text);
}

/** Characters that turn the order of a line around, or cannot be seen, are spelled out: a card must not look other than it is. */
export function visible(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** A message of Markdown: the plain body is its source, which reads well by itself. */
export function markdownContent(msgtype: MessageContent['msgtype'], markdown: string): MessageContent {
  return { msgtype, body: markdown, format: 'org.matrix.custom.html', formatted_body: htmlOf(markdown) };
}
