import { z } from 'zod';
import { type SealedFile, sealedFile } from './crypto/attachments.ts';
import type { MatrixEvent } from './types.ts';

/** What we read of an `m.room.message`; anything else in it passes by. What does not fit is no message of a person. */
const mentions = z.object({ user_ids: z.array(z.string()).optional() });
const words = z.object({ msgtype: z.string(), body: z.string(), 'm.mentions': mentions.optional() });
const relation = z.object({
  rel_type: z.string().optional(),
  event_id: z.string().optional(),
  key: z.string().optional(),
  'm.in_reply_to': z.object({ event_id: z.string() }).optional(),
});
const content = words.extend({
  filename: z.string().optional(),
  url: z.string().optional(),
  file: sealedFile.optional(),
  info: z.object({ mimetype: z.string().optional(), size: z.number().optional() }).optional(),
  'm.relates_to': relation.optional(),
  'm.new_content': words.optional(),
});

export type Message = z.infer<typeof content>;
export type Relation = z.infer<typeof relation>;

const related = z.object({ 'm.relates_to': relation.optional() });
const uploads = new Set(['m.image', 'm.file', 'm.audio', 'm.video']);

/** The message of an event; null when it is none: deleted, or of a kind that we do not know. */
export function messageIn(event: MatrixEvent): Message | null {
  return content.safeParse(event.content).data ?? null;
}

export function relationOf(event: MatrixEvent): Relation | null {
  return related.safeParse(event.content).data?.['m.relates_to'] ?? null;
}

/** An uploaded file, and the words that came with it. */
export function uploadIn({ msgtype, body, filename, url, file, info }: Message) {
  const uri = file?.url ?? url;
  if (!uploads.has(msgtype) || !uri?.startsWith('mxc://')) return null;
  // "If `filename` is present and different from `body`, the body is a caption" (m.room.message, media captions).
  const caption = filename !== undefined && filename !== body ? body : '';
  return {
    uri,
    sealed: (file ?? null) as SealedFile | null,
    name: filename ?? body,
    mediaType: info?.mimetype ?? null,
    size: info?.size ?? 0,
    caption,
  };
}

/**
 * Does it address this account? Mentions are intentional (`m.mentions`); a client that does not send them yet is
 * understood when it writes the whole user id. `!deckhand` always works.
 */
export function addresses(message: Pick<Message, 'body' | 'm.mentions'>, userId: string): boolean {
  if (prefix.test(message.body)) return true;
  const intended = message['m.mentions'];
  return intended ? (intended.user_ids ?? []).includes(userId) : message.body.includes(userId);
}

const prefix = /^\s*!deckhand\b[:,]?\s*/i;

export const beginsWithBang = (body: string): boolean => prefix.test(body);

/** The request without what only addressed it: the name, in each of the ways in which clients write it. */
export function requestIn(body: string, isReply: boolean, self: { userId: string; name: string }): string {
  const said = isReply ? withoutFallback(body) : body;
  const names = [self.userId, self.userId.slice(1), self.name, localpart(self.userId)]
    .filter((name) => name !== '')
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const leading = new RegExp(`^\\s*@?(?:${names.join('|')})(?=$|[\\s:,])[:,]?\\s*`, 'i');
  return said.replace(prefix, '').replace(leading, '').replaceAll(self.userId, '@deckhand').trim();
}

function localpart(userId: string): string {
  return userId.slice(1, userId.indexOf(':'));
}

/** Older clients quote what they reply to on top: `> <@ana:example.org> …`. */
function withoutFallback(body: string): string {
  if (!body.startsWith('> <')) return body;
  const lines = body.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('>'));
  return end === -1 ? body : lines.slice(end).join('\n');
}
