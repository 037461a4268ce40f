import {
  type APIInteraction,
  type APIMessageComponentInteraction,
  type APIModalSubmitInteraction,
  InteractionType,
} from 'discord.js';
import type { Controls, Pressed } from '#bots/controls.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import { readPressValue, type SchedulePresses } from '#bots/schedule-presses.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { type Action, readCardValue, readPress } from './actions.ts';
import type { Channels } from './channels.ts';
import { type DiscordCommands, readOptions } from './commands.ts';
import type { Completions } from './completions.ts';
import type { Doing } from './doing.ts';
import { modalText, openForm, readForm } from './modals.ts';
import { receiptView } from './receipt-view.ts';
import type { Respond, Responder } from './respond.ts';
import { discordThread, instantOf } from './types.ts';

export interface InteractionDeps {
  channels: Channels;
  controls: Controls;
  commands: DiscordCommands;
  completions: Completions;
  schedules: SchedulePresses;
  handle: HandleMessage;
  respond: Respond;
  guildName(guild: string | null): string;
  log: Log;
}

/**
 * Buttons, modals and commands. What one means is committed before it is acknowledged; what it changed shows in the
 * thread, and whoever could not change anything is told so alone.
 */
export function discordInteractions(deps: InteractionDeps): (interaction: APIInteraction) => Promise<void> {
  const { channels, controls, commands, completions, schedules, handle } = deps;

  return async (interaction) => {
    const responder = deps.respond(interaction);
    try {
      await take(interaction, responder);
    } catch (error) {
      deps.log.error({ err: error, interaction: interaction.id }, 'an interaction failed');
      await responder.tell('This did not work just now, and nothing was changed. Try it again in a minute.');
    }
  };

  async function take(interaction: APIInteraction, responder: Responder): Promise<void> {
    switch (interaction.type) {
      case InteractionType.MessageComponent:
        return pressed(interaction, responder);
      case InteractionType.ModalSubmit:
        return submitted(interaction, responder);
      case InteractionType.ApplicationCommandAutocomplete: {
        const { sub, focused, values } = readOptions(interaction.data);
        const typed = focused ? (values[focused] ?? '') : '';
        return responder.choices(
          doing(interaction).then((who) => completions.complete(sub, focused ?? '', typed, who)),
        );
      }
      case InteractionType.ApplicationCommand: {
        // A modal must be the first answer: nothing is looked up before it.
        const modal = commands.modalOf(interaction);
        if (modal) return responder.modal(modal);
        return responder.told(doing(interaction).then((who) => commands.run(interaction, who)));
      }
    }
  }

  async function doing(interaction: APIInteraction): Promise<Doing> {
    const channel = interaction.channel?.id ?? '';
    const guild = interaction.guild_id;
    const place = await channels.place(channel, guild);
    const user = interaction.member?.user ?? interaction.user;
    const account: InboundMessage['author'] = { accountId: user?.id ?? '', name: nameOf(interaction) };
    const thread =
      place.kind === 'thread'
        ? discordThread(guild, place.parent ?? channel, channel)
        : discordThread(guild, channel, channel);
    return {
      by: { platform: 'discord', workspace: thread.workspace, account },
      ...{ thread, kind: place.kind, eventId: `press/${interaction.id}`, sentAt: instantOf(interaction.id) },
    };
  }

  async function pressed(interaction: APIMessageComponentInteraction, responder: Responder): Promise<void> {
    const press = readPress(interaction.data.custom_id);
    if (!press)
      return responder.tell('This button is from another version of me. Ask again, or write to me.');
    if (press.action === 'reply')
      return responder.modal(openForm({ kind: 'reply' }, 'Reply to Deckhand', 'Your message'));
    const { action, value } = press;
    // Where somebody is may have to be asked of Discord: also that is waited for only so long.
    const who = doing(interaction);
    if (action === 'schedule') return scheduled(value, who, responder);
    await responder.done(who.then((by) => perform(action, value, by)));
  }

  async function scheduled(value: string, who: Promise<Doing>, responder: Responder): Promise<void> {
    const press = readPressValue(value);
    if (!press) return responder.tell('This button is from another version of me.');
    const by = who.then(messageOf);
    if (press.button !== 'edit') return responder.changed(by.then((one) => schedules.press(one, press)));
    await responder.made(by.then((one) => formOf(one, press.scheduleId)));
  }

  /** The form for a change of a schedule; words when it is not for this person. */
  async function formOf(by: InboundMessage, scheduleId: string) {
    try {
      const words = await schedules.formText(by, scheduleId);
      return openForm(
        { kind: 'schedule', id: scheduleId },
        'Change a schedule',
        'When, and what to do',
        words,
      );
    } catch (error) {
      if (!(error instanceof DeckhandError) || error.blame === 'machine') throw error;
      return error.message;
    }
  }

  async function perform(
    action: Exclude<Action, 'reply' | 'schedule'>,
    value: string,
    { by }: Doing,
  ): Promise<Pressed> {
    if (action === 'receipt' || action === 'details') {
      const turn = await controls.turn(value);
      return turn
        ? receiptView(turn, action)
        : 'This request is unknown here. It belongs to another Deckhand.';
    }
    if (action === 'stop') return controls.stop(by, value);
    if (action === 'steer') return controls.steer(by, value);
    // One answer is asked again once by one person, however often the button is pressed.
    if (action === 'retry') return controls.retry(by, value, `${value}/retry/${by.account.accountId}`);
    const { approvalId, revision } = readCardValue(value);
    const scope = action === 'thread' || action === 'always' ? action : 'once';
    return controls.decide(by, approvalId, { grant: action !== 'deny', scope, revision });
  }

  /** What was written in a modal: said for all to see, in the thread or as a request of its own. */
  async function submitted(interaction: APIModalSubmitInteraction, responder: Responder): Promise<void> {
    const form = readForm(interaction.data.custom_id);
    const text = modalText(interaction);
    if (!form) return responder.tell('This form is from another version of me. Write to me instead.');
    const who = doing(interaction);
    if (form.kind === 'command') return responder.told(who.then((by) => commands.give(form.verb, text, by)));
    if (form.kind === 'schedule')
      return responder.told(who.then((by) => schedules.edit(messageOf(by), form.id, text)));
    const outcome = who.then(async (by) => {
      const asked = { ...messageOf(by), text };
      const result = await handle(asked, deps.guildName(interaction.guild_id ?? null));
      return result.kind === 'refused' ? result.message : null;
    });
    await responder.said(outcome, `**${nameOf(interaction)}:** ${text}`);
  }
}

/** As they are called here. */
function nameOf({ member, user }: APIInteraction): string {
  const account = member?.user ?? user;
  return member?.nick ?? account?.global_name ?? account?.username ?? 'somebody';
}

/** Somebody, as a message without words. */
function messageOf({ by, thread, eventId, sentAt }: Doing): InboundMessage {
  const message = { thread, eventId, author: by.account, text: '', files: [], mention: true };
  return { ...message, sentAt: sentAt.toISOString() };
}
