import { addMessage, changeMessage, join, removeMessage, rootOf } from './changes.ts';
import type { Desk } from './desk.ts';
import type { Deliveries } from './events/deliveries.ts';
import type { Answer } from './events/delivery.ts';
import { isObject, type JsonObject } from './json.ts';
import { typeOf } from './methods/files.ts';
import { answerSubmission } from './methods/views.ts';
import { blockActions, messageAction, type Place, slashCommand, viewSubmission } from './payloads.ts';
import { respond } from './respond.ts';
import { richText, typed } from './rich-text.ts';
import { directChannel, findMessage, type TwinMessage, type TwinUser } from './world.ts';

/** Where a message stands; as the address of a thread, `ts` is its root's. */
export interface Spoken extends Place {
  threadTs?: string;
}

/** Somebody in the workspace, and what they can do there. Nothing waits for the app but what a person waits for. */
export interface Person {
  readonly id: string;
  readonly user: TwinUser;
  /** Writes into a channel; `@name` mentions, code and quotes are as typed. */
  say(channel: string, text: string): Spoken;
  /** Writes `@deckhand <text>` into a channel. */
  mention(channel: string, text: string): Spoken;
  reply(thread: Place, text: string): Spoken;
  /** Writes to the app directly. */
  tell(text: string): Spoken;
  edit(place: Place, text: string): void;
  delete(place: Place): void;
  /** Slack adds a preview to a link in somebody's message: not an edit. */
  unfurl(place: Place, link: string): void;
  /** Shares a file, in a thread when one is given. */
  upload(channel: string, file: { name: string; bytes: Buffer; text?: string; thread?: Place }): Spoken;
  /** Presses the button with this label, `action_id` or value. */
  click(place: Place, button: string): Promise<Answer>;
  /** Types a slash command; Slack does not let it into threads. */
  slash(channel: string, command: string, text: string): Promise<Answer>;
  /** Picks a message shortcut by its `callback_id`. */
  shortcut(place: Place, callbackId: string): Promise<Answer>;
  /** Submits an open modal, with values by `action_id`. */
  submit(view: JsonObject, values?: Record<string, string>): Promise<Answer>;
  /** Brings the app, or somebody else, into a channel. */
  invite(channel: string, user?: string): void;
  /** Throws the app, or somebody else, out of a channel. */
  kick(channel: string, user?: string): void;
  /** Presses Slack's own Stop on a streaming message. */
  stopStream(place: Place): void;
  /** Presses Slack's own Stop under an agent's work in a thread; an app that listens for it hears of it. */
  stopSession(thread: Place): void;
  /** Opens the app's Home tab. */
  openHome(): void;
}

/** `channelId` finds a channel by id or name. */
export function createPerson(
  desk: Desk,
  deliveries: Deliveries,
  user: TwinUser,
  channelId: (nameOrId: string) => string,
): Person {
  const { world, ids } = desk;
  const idOf = (name: string): string | undefined =>
    [...world.users.values()].find((one) => one.name === name)?.id;

  function write(channel: string, text: string, more: Partial<TwinMessage> = {}): Spoken {
    const place = world.channels.get(channel);
    if (!place?.members.has(user.id)) throw new Error(`${user.name} is not in ${place?.name ?? channel}`);
    if (place.archived) throw new Error(`${place.name} is archived`);
    const content = written(text);
    const { ts, threadTs } = addMessage(desk, {
      channel,
      user: user.id,
      botId: user.botId,
      ...content,
      ...more,
    });
    return { channel, ts, threadTs };
  }

  const written = (text: string): { text: string; blocks: JsonObject[] } => {
    const wire = typed(text, idOf);
    return { text: wire, blocks: text ? [richText(wire, ids.next('b'))] : [] };
  };

  function mine(place: Place): TwinMessage {
    const message = findMessage(world, place.channel, place.ts);
    if (message?.user !== user.id) throw new Error(`${place.ts} is no message of ${user.name}`);
    return message;
  }

  /** A command or click whose acknowledgement carries a message shows it. */
  async function interact(
    kind: 'interactive' | 'slash_commands',
    payload: JsonObject,
    channel: string,
  ): Promise<Answer> {
    const answer = await deliveries.once(kind, payload);
    const body = answer.acknowledged ? answer.body : undefined;
    if (kind === 'slash_commands' && isObject(body) && (body.text || body.blocks))
      respond(desk, { channel, user: user.id }, body);
    if (kind === 'slash_commands' && typeof body === 'string' && body !== '')
      respond(desk, { channel, user: user.id }, { text: body });
    return answer;
  }

  const self: Person = {
    id: user.id,
    user,
    say: (channel, text) => write(channelId(channel), text),
    mention: (channel, text) => self.say(channel, `@${world.app.name} ${text}`.trimEnd()),
    reply: ({ channel, ts }, text) => write(channel, text, { threadTs: rootOf(desk, channel, ts) ?? ts }),
    tell: (text) => write(directChannel(world, ids, user).id, text),
    edit: (place, text) => changeMessage(desk, mine(place), written(text), user.id),
    delete: (place) => removeMessage(desk, mine(place)),
    unfurl: (place, link) =>
      changeMessage(desk, mine(place), {
        attachments: [{ id: 1, from_url: link, title: link, fallback: link }],
      }),
    upload: (channel, { name, bytes, text = '', thread }) => {
      const id = ids.next('F');
      const createdMs = desk.clock.now();
      const shares: { channel: string; ts: string; threadTs?: string }[] = [];
      const file = {
        id,
        name,
        title: name,
        type: typeOf(name),
        bytes,
        user: user.id,
        createdMs,
        complete: true,
        shares,
      };
      world.files.set(id, file);
      const threadTs = thread && (rootOf(desk, thread.channel, thread.ts) ?? thread.ts);
      const spoken = write(channelId(channel), text, { subtype: 'file_share', files: [id], threadTs });
      shares.push(spoken);
      return spoken;
    },
    click: (place, button) => interact('interactive', blockActions(desk, user, place, button), place.channel),
    slash: (channel, command, text) => {
      const id = channelId(channel);
      return interact('slash_commands', slashCommand(desk, user, id, command, text), id);
    },
    shortcut: (place, callbackId) =>
      interact('interactive', messageAction(desk, user, place, callbackId), place.channel),
    submit: async (view, values = {}) => {
      const answer = await interact('interactive', viewSubmission(desk, user, view, values), '');
      if (answer.acknowledged) answerSubmission(desk, view, answer.body);
      return answer;
    },
    invite: (channel, who = world.app.user.id) => {
      const place = world.channels.get(channelId(channel));
      if (place) join(desk, place, who, user.id);
    },
    kick: (channel, who = world.app.user.id) => {
      const place = world.channels.get(channelId(channel));
      if (!place?.members.delete(who)) return;
      if (who === world.app.user.id)
        desk.emit(
          {
            type: place.kind === 'group' ? 'group_left' : 'channel_left',
            channel: place.id,
            event_ts: ids.ts(),
          },
          place.kind === 'group' ? 'groups:read' : 'channels:read',
        );
    },
    stopStream: (place) => {
      const stream = findMessage(world, place.channel, place.ts)?.stream;
      if (stream?.state === 'open') stream.state = 'stopped_by_user';
    },
    // Assumed: both events come with the scopes that every app with a bot has.
    stopSession: ({ channel, ts }) =>
      desk.emit(
        {
          type: 'agent_session_stopped',
          ...{ channel, user: user.id, thread_ts: ts },
          ...{ streaming_message_ts: [], event_ts: ids.ts() },
        },
        'chat:write',
      ),
    openHome: () => {
      const view = world.homes.get(user.id);
      const channel = directChannel(world, ids, user).id;
      const event = { type: 'app_home_opened', user: user.id, channel, tab: 'home', event_ts: ids.ts() };
      desk.emit({ ...event, ...(view ? { view } : {}) }, 'chat:write');
    },
  };
  return self;
}
