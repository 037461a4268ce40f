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

const posted = z.object({ type: z.enum(['message', 'app_mention']), ...place, ...said.shape });
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

const homeOpened = z.object({
  type: z.literal('app_home_opened'),
  user: z.string(),
  tab: z.string().optional(),
  /** What was published there last; none before the first time. */
  view: z.object({ private_metadata: z.string().nullish() }).nullish(),
});
/** Slack's own Stop under an agent's work (docs.slack.dev/reference/events/agent_session_stopped). */
const sessionStopped = z.object({
  type: z.literal('agent_session_stopped'),
  channel: z.string(),
  user: z.string(),
  thread_ts: z.string(),
  event_ts: z.string(),
});

const envelope = z.object({
  team_id: z.string(),
  event: z.looseObject({ type: z.string(), subtype: z.string().optional() }),
});

export type SlackEvent = Posted | Changed | Deleted | Joined | HomeOpened | SessionStopped;

/**
 * What we read of a delivery; null: it is none of ours. What we cannot read today we cannot read when it comes again
 * either. Every event of a busy workspace comes by here: its kind is looked at first, and it is read once.
 */
export function readEvent(body: unknown): { teamId: string; event: SlackEvent } | null {
  const whole = envelope.safeParse(body).data;
  const event = whole && schemaOf(whole.event)?.safeParse(whole.event).data;
  return event ? { teamId: whole.team_id, event } : null;
}

function schemaOf({ type, subtype }: { type: string; subtype?: string | undefined }) {
  if (type === 'member_joined_channel') return joined;
  if (type === 'app_home_opened') return homeOpened;
  if (type === 'agent_session_stopped') return sessionStopped;
  if (type !== 'message' && type !== 'app_mention') return null;
  if (subtype === 'message_changed') return changed;
  return subtype === 'message_deleted' ? deleted : posted;
}

export type SlackSaid = z.infer<typeof said>;
export type SlackUpload = z.infer<typeof file>;
export type Posted = z.infer<typeof posted>;
export type Changed = z.infer<typeof changed>;
export type Deleted = z.infer<typeof deleted>;
export type Joined = z.infer<typeof joined>;
export type HomeOpened = z.infer<typeof homeOpened>;
export type SessionStopped = z.infer<typeof sessionStopped>;

export function isChanged(event: SlackEvent): event is Changed {
  return 'message' in event;
}

export function isDeleted(event: SlackEvent): event is Deleted {
  return 'deleted_ts' in event;
}

export function isJoined(event: SlackEvent): event is Joined {
  return event.type === 'member_joined_channel';
}

export function isHomeOpened(event: SlackEvent): event is HomeOpened {
  return event.type === 'app_home_opened';
}

export function isSessionStopped(event: SlackEvent): event is SessionStopped {
  return event.type === 'agent_session_stopped';
}
