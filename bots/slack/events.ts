import { z } from 'zod';

/**
 * The parts of Slack's payloads that we read (docs.slack.dev/reference/events). Everything else passes by; what does
 * not fit is no event of ours.
 */

const file = z.object({
  id: z.string(),
  name: z.string().nullish(),
  mimetype: z.string().nullish(),
  size: z.number().nullish(),
  mode: z.string().nullish(),
  url_private_download: z.string().nullish(),
  url_private: z.string().nullish(),
});

const block = z.looseObject({ type: z.string() });

export const said = z.object({
  ts: z.string(),
  thread_ts: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().nullish(),
  subtype: z.string().optional(),
  text: z.string().nullish(),
  blocks: z.array(block).optional(),
  files: z.array(file).optional(),
  edited: z.object({ ts: z.string() }).optional(),
});

const place = { channel: z.string(), channel_type: z.string().optional() };

const posted = z.object({ type: z.enum(['message', 'app_mention']), ...place }).and(said);
const changed = z.object({
  type: z.literal('message'),
  subtype: z.literal('message_changed'),
  ...place,
  message: said,
  previous_message: said.optional(),
});
const deleted = z.object({
  type: z.literal('message'),
  subtype: z.literal('message_deleted'),
  ...place,
  deleted_ts: z.string(),
  previous_message: said.optional(),
});
const joined = z.object({
  type: z.literal('member_joined_channel'),
  channel: z.string(),
  user: z.string(),
});

export const eventBody = z.object({
  team_id: z.string(),
  event: z.union([changed, deleted, joined, posted, z.object({ type: z.string() })]),
});

export type SlackSaid = z.infer<typeof said>;
export type SlackUpload = z.infer<typeof file>;
export type SlackEvent = z.infer<typeof eventBody>['event'];
export type Posted = z.infer<typeof posted>;
export type Changed = z.infer<typeof changed>;
export type Deleted = z.infer<typeof deleted>;
export type Joined = z.infer<typeof joined>;

export function isChanged(event: SlackEvent): event is Changed {
  return 'message' in event && 'subtype' in event && event.subtype === 'message_changed';
}

export function isDeleted(event: SlackEvent): event is Deleted {
  return 'deleted_ts' in event;
}

export function isJoined(event: SlackEvent): event is Joined {
  return event.type === 'member_joined_channel' && 'user' in event;
}

export function isPosted(event: SlackEvent): event is Posted {
  return (event.type === 'message' || event.type === 'app_mention') && 'ts' in event;
}
