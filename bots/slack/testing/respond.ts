import { addMessage, changeMessage, removeMessage } from './changes.ts';
import type { Desk, ResponsePlace } from './desk.ts';
import { flagAt, type JsonObject } from './json.ts';
import { type Content, readContent } from './methods/content.ts';
import { findMessage } from './world.ts';

/**
 * What a response does: replace or delete the message that was clicked, post into the channel, or (as a rule) show
 * something to the one person. Used by response URLs and by acknowledgements that carry a message.
 */
export function respond(desk: Desk, place: ResponsePlace, body: JsonObject): void {
  const { world } = desk;
  const original = place.original ? findMessage(world, place.channel, place.original) : undefined;
  const ephemeral = world.ephemerals.find((one) => one.ts === place.original);
  if (flagAt(body, 'delete_original')) {
    if (original) removeMessage(desk, original);
    if (ephemeral) world.ephemerals.splice(world.ephemerals.indexOf(ephemeral), 1);
  } else {
    const content = readContent(desk, body);
    const replace = flagAt(body, 'replace_original');
    if (replace && original) changeMessage(desk, original, content, world.app.user.id);
    else if (replace && ephemeral) Object.assign(ephemeral, content);
    else say(desk, place, content, body.response_type === 'in_channel');
  }
  world.bell.emit('change');
}

function say(desk: Desk, place: ResponsePlace, content: Content, toAll: boolean): void {
  const { world, ids } = desk;
  const { channel, threadTs } = place;
  const { id: user, botId } = world.app.user;
  if (toAll) addMessage(desk, { channel, user, botId, threadTs, ...content });
  else world.ephemerals.push({ user: place.user, channel, ts: ids.ts(), threadTs, ...content });
}
