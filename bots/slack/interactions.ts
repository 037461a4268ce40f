import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { Controls, Pressed, Presser } from '#bots/controls.ts';
import { type Verb, verbOf, verbTable, wayOut } from '#bots/verbs.ts';
import { welcomeText } from '#core/chat/welcome-text.ts';
import type { Log } from '#core/log.ts';
import { type Action, actionOf, readCardValue } from './actions.ts';
import { alwaysCallback, alwaysView, wordsView } from './always-view.ts';
import type { SlackCalls } from './calls.ts';
import type { People } from './people.ts';
import { receiptView } from './receipt-view.ts';
import { renderNotice } from './render.ts';
import { type SlackPost, type SlackSelf, slackThread } from './types.ts';

/** The parts of interaction payloads that we read (docs.slack.dev/reference/interaction-payloads). */
const interaction = z.object({
  type: z.string(),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  view: z.object({ callback_id: z.string(), private_metadata: z.string() }).optional(),
  callback_id: z.string().optional(),
  action_ts: z.string().optional(),
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().optional(), action_ts: z.string() }))
    .optional(),
});
type Interaction = z.infer<typeof interaction>;

const command = z.object({ user_id: z.string(), channel_id: z.string(), text: z.string().default('') });

export interface InteractionDeps {
  self: SlackSelf;
  calls: SlackCalls;
  people: People;
  controls: Controls;
  log: Log;
}

/** Message shortcuts by their `callback_id` in the manifest. */
const shortcuts: Record<string, Verb> = { 'deckhand.stop': 'stop', 'deckhand.retry': 'retry' };

/**
 * Buttons, shortcuts and slash commands. A press is committed before it is acknowledged; what it changed shows in the
 * thread, and whoever could not change anything is told so alone.
 */
export function slackInteractions({ self, calls, people, controls, log }: InteractionDeps) {
  return {
    async interact(body: unknown): Promise<object | undefined> {
      const { success, data } = interaction.safeParse(body);
      if (!success) return;
      if (data.type === 'view_submission') return submitted(data);
      const said = data.type === 'message_action' ? await shortcut(data) : await pressed(data);
      if (said) void tell(data, said);
    },

    /** A slash command; its answer goes to whoever typed it. Slack lets none into threads. */
    async command(body: unknown): Promise<object | undefined> {
      const { success, data } = command.safeParse(body);
      if (!success) return;
      const verb = verbOf(data.text);
      const text = verb === null || verb === 'help' ? welcomeText : slash(verb);
      return { response_type: 'ephemeral', text };
    },
  };

  function slash(verb: Verb): string {
    if (!verbTable[verb].slash) return wayOut(verb);
    return 'Write `@deckhand status` in the thread that you want to know about.';
  }

  async function presserOf({ user }: Interaction): Promise<Presser> {
    return { platform: 'slack', workspace: self.teamId, account: await people.author(user.id) };
  }

  async function shortcut(data: Interaction): Promise<Pressed> {
    const verb = shortcuts[data.callback_id ?? ''];
    const { channel, message } = data;
    if (!verb || !channel || !message) return null;
    const thread = slackThread(self.teamId, channel.id, message.thread_ts ?? message.ts);
    const by = await presserOf(data);
    if (verb === 'stop') return controls.stopThread(by, thread, new Date());
    const last = await controls.lastTurn(thread);
    if (!last) return 'Nothing was asked in this thread yet.';
    return controls.retry(by, last.turnId, `${last.turnId}/retry/${data.action_ts}`);
  }

  /** A modal that was sent off; what it could not do stands in its place. */
  async function submitted(data: Interaction): Promise<object | undefined> {
    if (data.view?.callback_id !== alwaysCallback) return;
    const { approvalId, revision } = readCardValue(data.view.private_metadata);
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

  /** Says something to one person. The response URL works in archived channels too, and for half an hour. */
  async function tell(data: Interaction, text: string): Promise<void> {
    const payload = renderNotice(text).payload as SlackPost;
    const url = data.response_url;
    if (!url || payload.type !== 'message') return;
    const body = JSON.stringify({
      ...{ text: payload.text, blocks: payload.blocks },
      response_type: 'ephemeral',
      replace_original: false,
      ...(data.message?.thread_ts ? { thread_ts: data.message.thread_ts } : {}),
    });
    const headers = { 'content-type': 'application/json' };
    await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }).catch((error) =>
      log.warn({ err: error }, 'a person was not told why nothing happened'),
    );
  }
}
