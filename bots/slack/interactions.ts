import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModalView } from '@slack/types';
import type { TryCommand } from '#bots/commands.ts';
import type { Controls, Pressed, Presser } from '#bots/controls.ts';
import type { SchedulePresses } from '#bots/schedule-presses.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';
import type { CommandReply } from '#core/commands/reply.ts';
import type { Log } from '#core/log.ts';
import { type Action, actionOf, readCardValue } from './actions.ts';
import { alwaysCallback, alwaysView, wordsView } from './always-view.ts';
import type { SlackCalls } from './calls.ts';
import { type Interaction, interaction, type SlashCommand, slashCommand } from './interaction-payloads.ts';
import type { People } from './people.ts';
import { receiptView } from './receipt-view.ts';
import { messageBody, respondTo } from './respond.ts';
import { scheduleActions } from './schedule-actions.ts';
import { isScheduleAction } from './schedule-blocks.ts';
import { directThread, type SlackSelf, slackThread } from './types.ts';

export interface InteractionDeps {
  self: SlackSelf;
  calls: SlackCalls;
  people: People;
  controls: Controls;
  run: TryCommand;
  schedules: SchedulePresses;
  log: Log;
}

/** Message shortcuts by their `callback_id` in the manifest. */
const shortcuts: Record<string, string> = {
  'deckhand.stop': 'stop',
  'deckhand.retry': 'retry',
  'deckhand.status': 'status',
};
/** "within 3000 milliseconds of receiving the initial payload" (interactivity/implementing-slash-commands). */
const patienceMs = 2_200;

/**
 * Buttons, shortcuts, forms and slash commands. A press is committed before it is acknowledged; what it changed shows in
 * the thread, and whoever could not change anything is told so alone.
 */
export function slackInteractions({ self, calls, people, controls, run, schedules, log }: InteractionDeps) {
  const scheduling = scheduleActions({ calls, schedules, log, said });

  return {
    async interact(body: unknown): Promise<object | undefined> {
      const { success, data } = interaction.safeParse(body);
      if (!success) return;
      if (data.type === 'view_submission') return (await submitted(data)) ?? scheduling.submitted(data);
      const [first] = data.actions ?? [];
      if (first && isScheduleAction(first.action_id)) {
        await scheduling.pressed(data, first.value ?? '');
        return;
      }
      const words = data.type === 'message_action' ? await shortcut(data) : await pressed(data);
      if (words) void respondTo(data, { text: words, cards: [] }, log);
      return;
    },

    /** A slash command; its answer goes to whoever typed it. Slack lets none into threads. */
    async command(body: unknown): Promise<object | undefined> {
      const { success, data } = slashCommand.safeParse(body);
      if (!success) return;
      if (data.text.trim() === '') return { response_type: 'ephemeral', text: welcomeText };
      const answered = slash(data);
      const soon = await Promise.race([answered, sleep(patienceMs, null, { ref: false })]);
      if (soon) return { response_type: 'ephemeral', ...messageBody(soon) };
      void answered.then(
        (reply) => respondTo(data, reply, log),
        (error) => log.error({ err: error }, 'a slash command failed'),
      );
      return { response_type: 'ephemeral', text: 'This takes a moment; the answer comes here.' };
    },
  };

  async function slash(data: SlashCommand): Promise<CommandReply> {
    const thread = slackThread(self.teamId, data.channel_id, directThread);
    const eventId = `slash/${data.trigger_id ?? randomUUID()}`;
    const reply = await run({ ...(await by(data.user_id, thread, eventId)), text: data.text }, 'slack_slash');
    if (!reply) throw new Error('everything is a command there');
    return reply;
  }

  /** Somebody, as a message without words. */
  async function by(
    user: string,
    thread: InboundMessage['thread'],
    eventId: string,
  ): Promise<InboundMessage> {
    const author = await people.author(user);
    const sentAt = new Date().toISOString();
    return { thread, eventId, author, text: '', files: [], mention: true, sentAt };
  }

  function said(data: Interaction): Promise<InboundMessage> {
    const { channel, message, container, user } = data;
    const root = message?.thread_ts ?? container?.thread_ts ?? message?.ts ?? directThread;
    const thread = slackThread(self.teamId, channel?.id ?? user.id, root);
    const ts = data.action_ts ?? data.actions?.[0]?.action_ts ?? data.view?.id ?? randomUUID();
    return by(user.id, thread, `press/${user.id}/${ts}`);
  }

  async function presserOf({ user }: Interaction): Promise<Presser> {
    return { platform: 'slack', workspace: self.teamId, account: await people.author(user.id) };
  }

  async function shortcut(data: Interaction): Promise<Pressed> {
    const verb = shortcuts[data.callback_id ?? ''];
    if (!verb || !data.channel || !data.message) return null;
    const reply = await run({ ...(await said(data)), text: verb }, 'slack_shortcut');
    return reply && !reply.shows ? reply.text : null;
  }

  /** A modal that was sent off; what it could not do stands in its place. */
  async function submitted(data: Interaction): Promise<object | undefined> {
    if (data.view?.callback_id !== alwaysCallback) return;
    const { approvalId, revision } = readCardValue(data.view.private_metadata ?? '');
    const answer = { grant: true, scope: 'always' as const, revision };
    const refusal = await controls.decide(await presserOf(data), approvalId, answer);
    return refusal ? { response_action: 'update', view: wordsView(refusal) } : undefined;
  }

  async function pressed(data: Interaction): Promise<Pressed> {
    const [first] = data.actions ?? [];
    const action = first && actionOf(first.action_id);
    if (!action || !first.value) return null;
    return perform(action, first.value, data);
  }

  async function perform(action: Action, value: string, data: Interaction): Promise<Pressed> {
    if (action === 'receipt' || action === 'details') return show(action, value, data);
    const by = await presserOf(data);
    // A request that waits is taken back as one that runs is stopped.
    if (action === 'stop' || action === 'cancel') return controls.stop(by, value);
    if (action === 'steer') return controls.steer(by, value);
    // One answer is asked again once by one person, however often the button is pressed.
    if (action === 'retry') return controls.retry(by, value, `${value}/retry/${by.account.accountId}`);
    const { approvalId, revision } = readCardValue(value);
    if (action === 'always') {
      const question = await controls.question(by, approvalId);
      if (typeof question === 'string') return question;
      // What the modal shows is what is agreed to: a card that has grown since is looked at again.
      return openView(data, alwaysView({ ...question, revision }));
    }
    const scope = action === 'thread' ? 'thread' : 'once';
    return controls.decide(by, approvalId, { grant: action !== 'deny', scope, revision });
  }

  async function show(action: 'receipt' | 'details', turnId: string, data: Interaction): Promise<Pressed> {
    const turn = await controls.turn(turnId);
    if (!turn) return 'This request is unknown here. It belongs to another Deckhand.';
    return openView(data, receiptView(turn, action));
  }

  async function openView({ trigger_id: trigger }: Interaction, view: ModalView): Promise<null> {
    if (!trigger) return null;
    await calls.call({ method: 'views.open', maxWaitMs: 0 }, (client) =>
      client.views.open({ trigger_id: trigger, view }),
    );
    return null;
  }
}
