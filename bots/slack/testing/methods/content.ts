import { readBlocks } from '../blocks.ts';
import type { Desk } from '../desk.ts';
import { isObject, type JsonObject, textAt } from '../json.ts';
import { numbers } from '../numbers.ts';
import { refuse, rules } from '../refusals.ts';

export interface Content {
  text: string;
  blocks: JsonObject[];
}

/** The text and blocks of a message: at least one of them, and `markdown_text` alone or not at all. */
export function readContent(desk: Desk, args: JsonObject): Content {
  const markdown = textAt(args, 'markdown_text');
  const blocks = readBlocks(desk.ids, args.blocks);
  const text = textAt(args, 'text') ?? '';
  if (markdown !== undefined) {
    if (text || blocks.length > 0) refuse(rules.markdownConflict);
    checkMarkdown(markdown);
    return { text: markdown, blocks: [{ type: 'markdown', text: markdown }] };
  }
  if (!text && blocks.length === 0) refuse(rules.noText);
  return { text, blocks };
}

/** "Limit this field to 12,000 characters" (markdown_text, every method that takes it). */
export function checkMarkdown(text: string): void {
  if (text === '') refuse(rules.noText);
  if (text.length > numbers.markdownCharacters.value) refuse(rules.markdownTooLong);
}

/** Metadata in its documented shape (docs.slack.dev/reference/metadata): flat values, lists and objects of flat values. */
export function readMetadata(args: JsonObject): JsonObject | undefined {
  const metadata = args.metadata;
  if (metadata === undefined || metadata === '') return undefined;
  if (!isObject(metadata)) refuse(rules.metadataFormat);
  const { event_type: type, event_payload: payload } = metadata;
  // Assumed: the alphanumeric event_type that the guidelines ask for is held to; `_`, `-` and `.` pass.
  if (typeof type !== 'string' || !/^[\w.-]+$/.test(type) || !isObject(payload)) refuse(rules.metadataSchema);
  if (Buffer.byteLength(JSON.stringify(metadata)) > numbers.metadataBytes.value)
    refuse(rules.metadataTooLarge);
  return metadata;
}
