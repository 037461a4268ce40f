import type { Desk, ResponsePlace } from './desk.ts';
import { isObject, type JsonObject, objectAt, objectsAt, textAt } from './json.ts';
import { compact, messageOnWire } from './wire.ts';
import { findMessage, type TwinUser } from './world.ts';

/** A message, or an ephemeral one: where a button can be pressed. */
export interface Place {
  channel: string;
  ts: string;
}

const who = (user: TwinUser): JsonObject => ({
  id: user.id,
  username: user.name,
  name: user.name,
  team_id: user.teamId,
});

/** The head that every interaction carries (docs.slack.dev/reference/interaction-payloads). */
function head(desk: Desk, type: string, user: TwinUser): JsonObject {
  const { world, interactions } = desk;
  return {
    type,
    team: { id: world.team.id, domain: world.team.domain },
    user: who(user),
    api_app_id: world.app.id,
    token: 'twin',
    trigger_id: interactions.trigger(),
    enterprise: null,
    is_enterprise_install: false,
  };
}

const channelHead = ({ world }: Desk, id: string): JsonObject => ({
  id,
  name: world.channels.get(id)?.kind === 'im' ? 'directmessage' : (world.channels.get(id)?.name ?? ''),
});

/** The button with this label, `action_id` or value, with the block it stands in. */
export function findButton(blocks: JsonObject[], wanted: string): { block: JsonObject; button: JsonObject } {
  for (const block of blocks)
    for (const button of [...objectsAt(block, 'elements'), objectAt(block, 'accessory')]) {
      const names = [
        textAt(objectAt(button, 'text'), 'text'),
        textAt(button, 'action_id'),
        textAt(button, 'value'),
      ];
      if (button.type === 'button' && names.includes(wanted)) return { block, button };
    }
  throw new Error(`there is no button "${wanted}" here: ${JSON.stringify(blocks)}`);
}

/** A press of a button in a message or an ephemeral message. */
export function blockActions(desk: Desk, user: TwinUser, place: Place, wanted: string): JsonObject {
  const { world, ids, interactions } = desk;
  const message = findMessage(world, place.channel, place.ts);
  const ephemeral = world.ephemerals.find((one) => one.ts === place.ts && one.user === user.id);
  const blocks = message?.blocks ?? ephemeral?.blocks;
  if (!blocks) throw new Error(`${user.name} sees no message ${place.ts} in ${place.channel}`);
  const { block, button } = findButton(blocks, wanted);
  const threadTs = message?.threadTs ?? ephemeral?.threadTs;
  const response: ResponsePlace = { channel: place.channel, user: user.id, threadTs, original: place.ts };
  return {
    ...head(desk, 'block_actions', user),
    container: compact({
      type: 'message',
      message_ts: place.ts,
      channel_id: place.channel,
      is_ephemeral: !message,
      thread_ts: threadTs,
    }),
    channel: channelHead(desk, place.channel),
    ...(message ? { message: messageOnWire(world, desk.origin(), message, { metadata: true }) } : {}),
    state: { values: {} },
    response_url: interactions.responseUrl(response),
    actions: [
      {
        type: 'button',
        action_id: button.action_id,
        block_id: block.block_id,
        text: button.text,
        value: button.value,
        action_ts: ids.ts(),
      },
    ],
  };
}

/** A message shortcut: "… → name" in a message's menu. */
export function messageAction(desk: Desk, user: TwinUser, place: Place, callbackId: string): JsonObject {
  const { world, ids, interactions } = desk;
  const message = findMessage(world, place.channel, place.ts);
  if (!message) throw new Error(`there is no message ${place.ts} in ${place.channel}`);
  const threadTs = message.threadTs;
  return {
    ...head(desk, 'message_action', user),
    callback_id: callbackId,
    action_ts: ids.ts(),
    channel: channelHead(desk, place.channel),
    message_ts: place.ts,
    message: messageOnWire(world, desk.origin(), message, { metadata: true }),
    response_url: interactions.responseUrl({
      channel: place.channel,
      user: user.id,
      threadTs,
      original: place.ts,
    }),
  };
}

/** A submitted modal; `values` are by `action_id`, and land in the blocks that hold them. */
export function viewSubmission(
  desk: Desk,
  user: TwinUser,
  view: JsonObject,
  values: Record<string, string>,
): JsonObject {
  const state: JsonObject = {};
  for (const block of objectsAt(view, 'blocks')) {
    const element = objectAt(block, 'element');
    const action = textAt(element, 'action_id') ?? '';
    if (!isObject(block.element) || !(action in values)) continue;
    const type = textAt(element, 'type') ?? '';
    state[textAt(block, 'block_id') ?? ''] = { [action]: { type, value: values[action] } };
  }
  return {
    ...head(desk, 'view_submission', user),
    view: { ...view, state: { values: state } },
    response_urls: [],
  };
}

/** A slash command (docs.slack.dev/interactivity/implementing-slash-commands). */
export function slashCommand(
  desk: Desk,
  user: TwinUser,
  channel: string,
  command: string,
  text: string,
): JsonObject {
  const { world, interactions } = desk;
  return {
    token: 'twin',
    team_id: world.team.id,
    team_domain: world.team.domain,
    channel_id: channel,
    channel_name: textAt(channelHead(desk, channel), 'name'),
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: world.app.id,
    is_enterprise_install: 'false',
    response_url: interactions.responseUrl({ channel, user: user.id }),
    trigger_id: interactions.trigger(),
  };
}
