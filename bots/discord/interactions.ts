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
          await completions.complete(sub, focused ?? '', typed, await doing(interaction)),
        );
      }
      case InteractionType.ApplicationCommand: {
        // A modal must be the first answer: nothing is looked up before it.
        const modal = commands.modalOf(interaction);
        if (modal) return responder.modal(modal);
        return responder.told(commands.run(interaction, await doing(interaction)));
      }
    }
  }

  async function doing(interaction: APIInteraction): Promise<Doing> {
    const channel = interaction.channel?.id ?? '';
    const guild = interaction.guild_id;
    const place = await channels.place(channel, guild);
    const user = interaction.member?.user ?? interaction.user;
    const name = interaction.member?.nick ?? user?.global_name ?? user?.username ?? 'somebody';
    const account: InboundMessage['author'] = { accountId: user?.id ?? '', name };
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
    const who = await doing(interaction);
    if (press.action === 'schedule') return scheduled(press.value, who, responder);
    await responder.done(perform(press.action, press.value, who));
  }

  async function scheduled(value: string, who: Doing, responder: Responder): Promise<void> {
    const press = readPressValue(value);
    if (!press) return responder.tell('This button is from another version of me.');
    const by = messageOf(who);
    if (press.button !== 'edit') return responder.changed(schedules.press(by, press));
    try {
      const words = await schedules.formText(by, press.scheduleId);
      const form = { kind: 'schedule', id: press.scheduleId } as const;
      await responder.modal(openForm(form, 'Change a schedule', 'When, and what to do', words));
    } catch (error) {
      if (!(error instanceof DeckhandError) || error.blame === 'machine') throw error;
      await responder.tell(error.message);
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
    const who = await doing(interaction);
    if (form.kind === 'command') return responder.told(commands.give(form.verb, text, who));
    if (form.kind === 'schedule') return responder.told(schedules.edit(messageOf(who), form.id, text));
    const asked = {
      ...{ thread: who.thread, eventId: who.eventId, author: who.by.account, text, files: [] },
      ...{ mention: true, sentAt: who.sentAt.toISOString() },
    };
    const outcome = handle(asked, deps.guildName(interaction.guild_id ?? null)).then((result) =>
      result.kind === 'refused' ? result.message : null,
    );
    await responder.said(outcome, `**${who.by.account.name}:** ${text}`);
  }
}

/** Somebody, as a message without words. */
function messageOf({ by, thread, eventId, sentAt }: Doing): InboundMessage {
  const message = { thread, eventId, author: by.account, text: '', files: [], mention: true };
  return { ...message, sentAt: sentAt.toISOString() };
}
