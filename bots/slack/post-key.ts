/** "The event_type … alphanumeric"; readable by everybody in the workspace, so it carries the opaque key and no more. */
const eventType = 'deckhand_post';

export interface SeenMessage {
  ts?: string;
  metadata?: { event_type?: string; event_payload?: unknown };
}

/** A post's key as its metadata (docs.slack.dev/messaging/message-metadata). */
export function metadataOf(key: string) {
  return { event_type: eventType, event_payload: { key } };
}

/** Is this the post with this key? */
export function carries({ metadata }: SeenMessage, key: string): boolean {
  const { event_type: type, event_payload: payload } = metadata ?? {};
  const isKey = typeof payload === 'object' && payload !== null && 'key' in payload && payload.key === key;
  return type === eventType && isKey;
}
