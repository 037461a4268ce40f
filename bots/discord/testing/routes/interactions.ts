import type { Call, Route } from '../call.ts';
import { checkMessage, checkModal, ephemeral } from '../check-message.ts';
import type { Interactions, Pending } from '../interactions.ts';
import { numbers } from '../numbers.ts';
import { refuse, rules } from '../refusals.ts';
import { messageOnWire } from '../wire.ts';
import type { Json } from '../world.ts';
import { change, post } from './messages.ts';

/** Types of answers (interactions/receiving-and-responding#interaction-callback-type). */
const answer = { message: 4, deferredMessage: 5, deferredUpdate: 6, update: 7, choices: 8, modal: 9 };
const kinds = { command: 2, component: 3, autocomplete: 4, modal: 5 };

/** Commands, as the bot registers them. */
function overwrite(key: (call: Call) => string) {
  return (call: Call): Json[] => {
    const commands = call.body as unknown as Json[];
    if (!Array.isArray(commands)) refuse(rules.invalidForm);
    for (const { name, description, type, options } of commands) {
      checkOptions((options ?? []) as Json[]);
      // "1-32 character name", "1-100 characters" (interactions/application-commands)
      if (!/^[-_\p{L}\p{N}]{1,32}$/u.test(String(name)) && (type ?? 1) === 1)
        refuse(rules.invalidForm, 'name');
      const length = String(description ?? '').length;
      if ((type ?? 1) === 1 && (length < 1 || length > 100)) refuse(rules.invalidForm, 'description');
    }
    const made = commands.map((command) => ({
      ...command,
      id: call.world.snowflake(),
      application_id: call.world.app.id,
      version: call.world.snowflake(),
    }));
    call.world.app.commands.set(key(call), made);
    call.world.bell.emit('change');
    return made;
  };
}

/** "max of 25" options and choices, "1-100 character description", required ones first (interactions/application-commands). */
function checkOptions(options: Json[]): void {
  if (options.length > 25) refuse(rules.invalidForm, 'options');
  const required = options.map((one) => one.required === true);
  if (required.lastIndexOf(true) > required.indexOf(false) && required.includes(false))
    refuse(rules.invalidForm, 'required');
  for (const one of options) {
    const about = String(one.description ?? '').length;
    if (!/^[-_\p{L}\p{N}]{1,32}$/u.test(String(one.name)) || about < 1 || about > 100)
      refuse(rules.invalidForm, 'options');
    if (((one.choices ?? []) as Json[]).length > 25) refuse(rules.invalidForm, 'choices');
    checkOptions((one.options ?? []) as Json[]);
  }
}

/** Routes that answer interactions. */
export function interactionRoutes(interactions: Interactions): Route[] {
  function acknowledge(call: Call): Json | undefined {
    const { world } = call;
    const pending = interactions.byId(call.params[0] ?? '');
    if (!pending || pending.token !== call.params[1]) return refuse(rules.unknownInteraction);
    // "If the 3 second deadline is exceeded, the token will be invalidated."
    if (world.clock.now() - pending.atMs > numbers.acknowledgeMs.value) refuse(rules.unknownInteraction);
    if (pending.answer !== null) refuse(rules.acknowledged);
    const type = Number(call.body.type);
    const data = (call.body.data ?? {}) as Json;
    respond(call, pending, type, data);
    pending.answer = { type, data, afterMs: world.clock.now() - pending.atMs };
    world.bell.emit('change');
    return undefined;
  }

  function respond(call: Call, pending: Pending, type: number, data: Json): void {
    const { world } = call;
    const fits: Record<number, number[]> = {
      [answer.message]: [kinds.command, kinds.component, kinds.modal],
      [answer.deferredMessage]: [kinds.command, kinds.component, kinds.modal],
      [answer.deferredUpdate]: [kinds.component, kinds.modal],
      [answer.update]: [kinds.component, kinds.modal],
      [answer.choices]: [kinds.autocomplete],
      [answer.modal]: [kinds.command, kinds.component],
    };
    if (!fits[type]?.includes(pending.kind)) refuse(rules.invalidForm, 'type');
    if (type === answer.message) say(call, pending, data);
    if (type === answer.modal) {
      checkModal(data);
      world.modals.push({ userId: pending.userId, interactionId: pending.id, payload: data });
    }
    if (type === answer.update && pending.message) change(call, pending.message, data, call.files);
    if (type === answer.choices && ((data.choices ?? []) as Json[]).length > numbers.choices.value)
      refuse(rules.invalidForm, 'choices');
    // "A deferred reply's first flag is only EPHEMERAL": others are ignored there.
    if (type === answer.deferredMessage) pending.ephemeral = (Number(data.flags ?? 0) & ephemeral) !== 0;
  }

  function say(call: Call, pending: Pending, data: Json): Json {
    const { world } = call;
    const channel = world.channels.get(pending.channelId) ?? refuse(rules.unknownChannel);
    if (Number(data.flags ?? 0) & ephemeral || pending.ephemeral) {
      checkMessage(data, call.files);
      world.ephemerals.push({ userId: pending.userId, channelId: channel.id, payload: data });
      world.bell.emit('change');
      return { id: world.snowflake(), channel_id: channel.id, ...data };
    }
    const message = post(call, channel, data, call.files);
    pending.original ??= message;
    return messageOnWire(world, call.origin, message);
  }

  function valid(call: Call): Pending {
    const pending = interactions.byToken(call.params[1] ?? '');
    const age = pending ? call.world.clock.now() - pending.atMs : 0;
    if (!pending?.answer || age > numbers.tokenMs.value) return refuse(rules.unknownWebhook);
    return pending;
  }

  return [
    { method: 'POST', path: /^\/interactions\/(\d+)\/([^/]+)\/callback$/, open: true, answer: acknowledge },
    {
      method: 'POST',
      path: /^\/webhooks\/(\d+)\/([^/]+)$/,
      open: true,
      answer: (call) => {
        const pending = valid(call);
        pending.followed = call.body;
        return say(call, pending, call.body);
      },
    },
    {
      method: 'PATCH',
      path: /^\/webhooks\/(\d+)\/([^/]+)\/messages\/@original$/,
      open: true,
      answer: (call) => {
        const pending = valid(call);
        // After an update, deferred or not, the original is the message that was pressed; otherwise it is the answer.
        const updates = [answer.deferredUpdate, answer.update].includes(pending.answer?.type ?? 0);
        const message = updates ? pending.message : pending.original;
        pending.followed = call.body;
        if (!message) return say(call, pending, call.body);
        change(call, message, call.body, call.files);
        return messageOnWire(call.world, call.origin, message);
      },
    },
    { method: 'PUT', path: /^\/applications\/(\d+)\/commands$/, answer: overwrite(() => 'global') },
    {
      method: 'PUT',
      path: /^\/applications\/(\d+)\/guilds\/(\d+)\/commands$/,
      answer: overwrite(({ params }) => params[1] ?? ''),
    },
  ];
}
