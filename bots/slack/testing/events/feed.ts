import type { Desk } from '../desk.ts';
import type { JsonObject } from '../json.ts';
import { compact, messageOnWire } from '../wire.ts';
import type { TwinChannel, TwinMessage } from '../world.ts';

type Feed = Pick<Desk, 'world' | 'ids' | 'clock' | 'switches' | 'origin' | 'emit'>;

/** The scope that lets an app see the messages of a kind of conversation (docs.slack.dev/reference/events/message). */
export const historyScope = (channel: TwinChannel): string =>
  ({
    ...{ channel: 'channels:history', group: 'groups:history' },
    ...{ mpim: 'mpim:history', im: 'im:history' },
  })[channel.kind];

/** The envelope that is "uniform across all Events API methods" (docs.slack.dev/apis/events-api/). */
export function eventCallback({ world, ids, clock }: Feed, event: JsonObject): JsonObject {
  const user = world.app.user.id;
  return {
    token: 'twin',
    team_id: world.team.id,
    context_team_id: world.team.id,
    api_app_id: world.app.id,
    event,
    type: 'event_callback',
    event_id: ids.next('Ev'),
    event_time: Math.floor(clock.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: world.team.id,
        user_id: user,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
}

/** The app hears what is said where it is a member. */
function audible(feed: Feed, id: string): TwinChannel | undefined {
  const channel = feed.world.channels.get(id);
  return channel?.members.has(feed.world.app.user.id) ? channel : undefined;
}

const mentions = (feed: Feed, text: string): boolean => text.includes(`<@${feed.world.app.user.id}>`);

function mentionEvent(feed: Feed, message: TwinMessage, eventTs: string): JsonObject {
  const { subtype: _subtype, ...wire } = messageOnWire(feed.world, feed.origin(), message);
  return { ...wire, type: 'app_mention', channel: message.channel, event_ts: eventTs };
}

/**
 * A new message: `message`, and `app_mention` when it names the app. "Messages sent to your app in direct message
 * conversations are not dispatched via app_mention" (docs.slack.dev/reference/events/app_mention).
 */
export function announcePost(feed: Feed, message: TwinMessage): void {
  const channel = audible(feed, message.channel);
  if (!channel) return;
  const wire = messageOnWire(feed.world, feed.origin(), message);
  const event = { ...wire, channel: channel.id, channel_type: channel.kind, event_ts: message.ts };
  const says = (): void => feed.emit(event, historyScope(channel));
  const names = (): void => feed.emit(mentionEvent(feed, message, message.ts), 'app_mentions:read');
  // Assumed: that somebody came in names them, and is no mention.
  const talk = message.subtype !== 'channel_join';
  const mentioned = talk && channel.kind !== 'im' && mentions(feed, message.text);
  const mentionFirst = feed.switches.order === 'mention_first';
  if (mentioned && mentionFirst) names();
  says();
  if (mentioned && !mentionFirst) names();
}

/**
 * An edit, an unfurl or a tombstone: `message_changed` with both versions. Assumed: an edit that adds the mention
 * sends `app_mention` too, with `edited` in it.
 */
export function announceChange(feed: Feed, message: TwinMessage, before: JsonObject, wasText: string): void {
  const channel = audible(feed, message.channel);
  if (!channel) return;
  const eventTs = feed.ids.ts();
  feed.emit(
    {
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      channel: channel.id,
      channel_type: channel.kind,
      message: messageOnWire(feed.world, feed.origin(), message),
      previous_message: before,
      ts: eventTs,
      event_ts: eventTs,
    },
    historyScope(channel),
  );
  if (channel.kind !== 'im' && mentions(feed, message.text) && !mentions(feed, wasText))
    feed.emit(mentionEvent(feed, message, eventTs), 'app_mentions:read');
}

/** A deletion: `message_deleted` with what was there. */
export function announceDeletion(feed: Feed, message: TwinMessage, before: JsonObject): void {
  const channel = audible(feed, message.channel);
  if (!channel) return;
  const eventTs = feed.ids.ts();
  feed.emit(
    {
      type: 'message',
      subtype: 'message_deleted',
      hidden: true,
      channel: channel.id,
      channel_type: channel.kind,
      deleted_ts: message.ts,
      previous_message: before,
      ts: eventTs,
      event_ts: eventTs,
    },
    historyScope(channel),
  );
}

/** Somebody, or the app, comes into a channel. */
export function announceJoin(feed: Feed, channel: TwinChannel, user: string, inviter?: string): void {
  if (!audible(feed, channel.id)) return;
  feed.emit(
    compact({
      type: 'member_joined_channel',
      user,
      channel: channel.id,
      channel_type: channel.kind === 'channel' ? 'C' : 'G',
      team: feed.world.team.id,
      inviter,
      event_ts: feed.ids.ts(),
    }),
    channel.kind === 'channel' ? 'channels:read' : 'groups:read',
  );
}
