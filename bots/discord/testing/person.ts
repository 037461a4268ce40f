import { flatten, type Upload } from './check-message.ts';
import { announce } from './gateway.ts';
import type { Interactions, Pending } from './interactions.ts';
import { directChannel } from './routes/channels.ts';
import { filesOf } from './routes/messages.ts';
import { messageOnWire } from './wire.ts';
import { addMessage, type Json, type TwinMessage, type TwinUser, type World } from './world.ts';

/** Somebody in the guild, and what they can do there. */
export interface Person {
  readonly id: string;
  readonly user: TwinUser;
  /** Writes into a channel or thread. */
  say(channelId: string, text: string, files?: Upload[]): TwinMessage;
  /** Writes `@Deckhand <text>`. */
  mention(channelId: string, text: string, files?: Upload[]): TwinMessage;
  /** Replies to a message; with a ping to its author unless that is switched off. */
  reply(message: TwinMessage, text: string, options?: { ping?: boolean }): TwinMessage;
  /** Writes to the bot directly. */
  tell(text: string): TwinMessage;
  edit(message: TwinMessage, text: string): void;
  /** Discord adds a preview of a link: an update that is no edit. */
  unfurl(message: TwinMessage): void;
  delete(message: TwinMessage): void;
  /** Presses the button whose label or `custom_id` has this. */
  press(message: TwinMessage, button: string): Pending;
  /** Sends off a modal that was opened, with values by `custom_id`. */
  submit(modal: { interactionId: string; payload: Json }, values: Record<string, string>): Pending;
  /** Types `/command sub option:value`. */
  slash(channelId: string, command: string, sub: string, options?: Record<string, string>): Pending;
  /** Has typed this much of an option so far. */
  typing(channelId: string, command: string, sub: string, option: string, text: string): Pending;
  /** Archives or locks a thread. */
  close(threadId: string, how: { archived?: boolean; locked?: boolean }): void;
}

export function createPerson(
  world: World,
  origin: () => string,
  interactions: Interactions,
  user: TwinUser,
): Person {
  const me = world.app.user.id;

  function write(channelId: string, text: string, more: Partial<TwinMessage> = {}): TwinMessage {
    const channel = world.channels.get(channelId);
    if (!channel) throw new Error(`no channel ${channelId}`);
    if (channel.locked) throw new Error('the thread is locked');
    const mentions = mentioned(text);
    const message = addMessage(world, {
      channelId,
      authorId: user.id,
      content: text,
      ...more,
      mentions: [...new Set([...mentions, ...(more.mentions ?? [])])],
    });
    announce(world, 'MESSAGE_CREATE', message, messageOnWire(world, origin(), message));
    return message;
  }

  function updated(message: TwinMessage): void {
    announce(world, 'MESSAGE_UPDATE', message, messageOnWire(world, origin(), message));
  }

  const given = (options: Record<string, string>): Json[] =>
    Object.entries(options).map(([name, value]) => ({ name, type: 3, value }));
  const command = (name: string, sub: string, options: Json[]): Json => {
    const known = [...world.app.commands.values()].flat().find((one) => one.name === name);
    if (!known) throw new Error(`no command ${name}`);
    return { id: known.id, name, type: 1, options: [{ name: sub, type: 1, options }] };
  };

  return {
    id: user.id,
    user,
    say: (channelId, text, files = []) => write(channelId, text, { files: filesOf(world, files) }),
    mention: (channelId, text, files = []) =>
      write(channelId, `<@${me}> ${text}`, { files: filesOf(world, files) }),
    reply: (message, text, { ping = true } = {}) =>
      write(message.channelId, text, {
        type: 19,
        replyTo: message.id,
        mentions: ping ? [message.authorId] : [],
      }),
    tell: (text) => write(directChannel(world, user.id).id, text),
    edit: (message, text) => {
      message.content = text;
      message.mentions = mentioned(text);
      message.editedMs = world.clock.now();
      updated(message);
    },
    unfurl: (message) => {
      message.embeds = [{ type: 'link', url: 'https://example.com' }];
      updated(message);
    },
    delete: (message) => {
      const channel = world.channels.get(message.channelId);
      channel?.messages.delete(message.id);
      const place = channel?.guildId ? { guild_id: channel.guildId } : {};
      world.dispatch('MESSAGE_DELETE', { id: message.id, channel_id: message.channelId, ...place }, {});
      world.bell.emit('change');
    },
    press: (message, button) => {
      const found = flatten(message.components).find(
        (one) =>
          one.type === 2 && (String(one.label).includes(button) || String(one.custom_id).includes(button)),
      );
      if (!found) throw new Error(`no button ${button}`);
      const data = { custom_id: found.custom_id, component_type: 2, id: found.id };
      const shown = { twin: message, wire: messageOnWire(world, origin(), message) };
      return interactions.send({
        kind: 3,
        userId: user.id,
        channelId: message.channelId,
        data,
        message: shown,
      });
    },
    submit: ({ interactionId, payload }, values) => {
      const opened = interactions.byId(interactionId);
      if (!opened) throw new Error('no such modal');
      const components = Object.entries(values).map(([id, value]) => ({
        type: 18,
        component: { type: 4, custom_id: id, value },
      }));
      const data = { custom_id: payload.custom_id, components };
      const shown = opened.message && {
        twin: opened.message,
        wire: messageOnWire(world, origin(), opened.message),
      };
      return interactions.send({
        ...{ kind: 5, userId: user.id, channelId: opened.channelId, data },
        ...(shown ? { message: shown } : {}),
      });
    },
    slash: (channelId, name, sub, options = {}) =>
      interactions.send({ kind: 2, userId: user.id, channelId, data: command(name, sub, given(options)) }),
    typing: (channelId, name, sub, option, text) => {
      const typed = [{ name: option, type: 3, value: text, focused: true }];
      return interactions.send({ kind: 4, userId: user.id, channelId, data: command(name, sub, typed) });
    },
    close: (threadId, how) => {
      const thread = world.channels.get(threadId);
      if (!thread) throw new Error('no such thread');
      Object.assign(thread, how);
      if (how.archived !== undefined) thread.archivedMs = world.clock.now();
      world.bell.emit('change');
    },
  };
}

/** A mention in code is no mention. */
function mentioned(text: string): string[] {
  const spoken = text.replace(/```[\s\S]*?```|`[^`]*`/g, '');
  return [...spoken.matchAll(/<@!?(\d+)>/g)].map(([, id]) => id ?? '');
}
