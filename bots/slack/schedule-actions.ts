import { readPressValue, type SchedulePresses } from '#bots/schedule-presses.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { SlackCalls } from './calls.ts';
import type { Interaction } from './interaction-payloads.ts';
import { respondTo } from './respond.ts';
import { editFault, editForm, readEditForm } from './schedule-blocks.ts';

export interface ScheduleActionDeps {
  calls: SlackCalls;
  schedules: SchedulePresses;
  log: Log;
  /** Who did something, as a message without words. */
  said(data: Interaction): Promise<InboundMessage>;
}

/** Buttons of schedules, and the form for a change. What one means is committed when these resolve. */
export function scheduleActions({ calls, schedules, log, said }: ScheduleActionDeps) {
  async function openForm(data: Interaction, by: InboundMessage, scheduleId: string): Promise<void> {
    const { trigger_id: trigger, response_url: url } = data;
    if (!trigger) return;
    try {
      const view = editForm(await schedules.formText(by, scheduleId), JSON.stringify([scheduleId, url]));
      await calls.call({ method: 'views.open', maxWaitMs: 0 }, (client) =>
        client.views.open({ trigger_id: trigger, view }),
      );
    } catch (error) {
      if (!(error instanceof DeckhandError)) throw error;
      void respondTo(data, { text: error.message, cards: [] }, log);
    }
  }

  return {
    async pressed(data: Interaction, value: string): Promise<void> {
      const press = readPressValue(value);
      if (!press) return;
      const by = await said(data);
      if (press.button === 'edit') return openForm(data, by, press.scheduleId);
      const { reply, replaces } = await schedules.press(by, press);
      void respondTo(data, reply, log, { replace: replaces });
    },

    /** Gives the acknowledgement's body: what is wrong is said in the form, which stays open. */
    async submitted(data: Interaction): Promise<object | undefined> {
      const form = data.view && readEditForm(data.view);
      if (!form) return;
      const [scheduleId, url] = JSON.parse(form.metadata) as [string, string | undefined];
      const reply = await schedules.edit(await said(data), scheduleId, form.words);
      if (!reply.ok) return editFault(reply.text);
      void respondTo({ response_url: url }, reply, log);
      return;
    },
  };
}
