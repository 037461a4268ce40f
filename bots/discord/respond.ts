import { setTimeout as sleep } from 'node:timers/promises';
import {
  type APIApplicationCommandOptionChoice,
  type APIInteraction,
  type APIModalInteractionResponseCallbackData,
  InteractionResponseType,
  MessageFlags,
  Routes,
} from 'discord.js';
import type { PressOutcome } from '#bots/schedule-presses.ts';
import { splitMarkdown } from '#core/chat/split-markdown.ts';
import type { CommandReply } from '#core/commands/reply.ts';
import type { Log } from '#core/log.ts';
import { type DiscordCalls, discordCodeOf } from './calls.ts';
import { followWithChange, followWithWords } from './follow-ups.ts';
import { text } from './render-parts.ts';
import { scheduleCards } from './schedule-cards.ts';
import { instantOf } from './types.ts';

/** The answers that an interaction can have. */
export interface Responder {
  /** Acknowledges once `work` is committed; its words, if any, are for the one who pressed. */
  done(work: Promise<string | null>): Promise<void>;
  /** As `done`, for what has no post of its own: a command always answers with words. */
  told(work: Promise<Told>): Promise<void>;
  /** As `told`; what it gives may take the place of the message that was pressed. */
  changed(work: Promise<PressOutcome>): Promise<void>;
  /** As `done`; when it worked, `words` are said for all to see. */
  said(work: Promise<string | null>, words: string): Promise<void>;
  /** Says something to the one who pressed. */
  tell(words: string): Promise<void>;
  modal(modal: APIModalInteractionResponseCallbackData): Promise<void>;
  /** A form that has to be made first; words instead, where there is none to show. */
  made(work: Promise<APIModalInteractionResponseCallbackData | string>): Promise<void>;
  /** What is not known in time is offered with the next letter. */
  choices(work: Promise<APIApplicationCommandOptionChoice<string>[]>): Promise<void>;
}

/** Words, and schedules with what can be done to them. */
export type Told = Pick<CommandReply, 'text' | 'cards'>;

export type Respond = (interaction: APIInteraction) => Responder;

/**
 * "You must send an initial response within 3 seconds" (interactions/receiving-and-responding). What takes longer than
 * this is answered with "thinking", which claims nothing; the outcome follows.
 */
const patienceMs = { least: 200, most: 1_800 };
const withinMs = 2_500;
/** "A modal must be the first answer": there is no "thinking" before it. */
const tooSlow = 'I was too slow to open this just now. Press it again.';
/** 40060: acknowledged already, by another process; 10062: too late. */
const settledElsewhere = [40060, 10062];

/** Answers to interactions. They need no token of the bot's, and do not count for its limits. */
export function createRespond(calls: DiscordCalls, log: Log, now = Date.now): Respond {
  return (interaction) => {
    const { id, token } = interaction;
    // The 3 seconds have begun at Discord; a clock of ours that goes wrong makes us hasty, never late.
    const agoMs = now() - instantOf(id).getTime();
    const patience = Math.max(patienceMs.least, patienceMs.most - Math.max(0, agoMs));
    let deferred = false;
    let answered = false;
    /** Another process has answered, or it was too late: whatever we add would stand where it does not belong. */
    let elsewhere = false;

    /** False: it is not known to be our answer that stands. */
    async function first(type: InteractionResponseType, data?: object): Promise<boolean> {
      answered = true;
      try {
        await calls.call('POST', Routes.interactionCallback(id, token), {
          body: { type, ...(data ? { data } : {}) },
          auth: false,
          withinMs,
        });
        return true;
      } catch (error) {
        elsewhere = settledElsewhere.includes(discordCodeOf(error) ?? 0);
        log[elsewhere ? 'debug' : 'warn'](
          { err: error, interaction: id },
          'an interaction was not acknowledged',
        );
        return false;
      }
    }

    /** The work's outcome where it comes soon; what goes wrong with it later is nobody's any more. */
    async function soonOr<T>(work: Promise<T>, late: T): Promise<T> {
      work.catch((error) =>
        log.debug({ err: error, interaction: id }, 'an interaction was not answered in full'),
      );
      return Promise.race([work, sleep(patience, late, { ref: false })]);
    }

    /** Gives the work's outcome, after having said "thinking" where it takes its time. */
    async function settle<T>(work: Promise<T>): Promise<T> {
      const late = Symbol('late');
      const soon = await Promise.race([work, sleep(patience, late, { ref: false })]);
      if (soon !== late) return soon as T;
      // Only what we have deferred ourselves is ours to edit: the original of another's answer may be the card.
      deferred = await first(InteractionResponseType.DeferredChannelMessageWithSource, {
        flags: MessageFlags.Ephemeral,
      });
      return work;
    }

    const tell = (words: string): Promise<void> => say({ text: words, cards: [] });

    async function say(told: Told): Promise<void> {
      const data = { components: messageOf(told), flags: MessageFlags.IsComponentsV2 };
      const hidden = { ...data, flags: data.flags | MessageFlags.Ephemeral, allowed_mentions: { parse: [] } };
      if (!answered) return void (await first(InteractionResponseType.ChannelMessageWithSource, hidden));
      if (elsewhere) return;
      await followWithWords(calls, interaction, data, { deferred }).catch(untold);
    }

    function untold(error: unknown): void {
      log.warn({ err: error, interaction: id }, 'a person was not told what came of a press');
    }

    return {
      tell,
      done: async (work) => {
        const words = await settle(work);
        if (words !== null) return tell(words);
        if (deferred) return tell('Done: the thread shows it.');
        if (!answered) await first(InteractionResponseType.DeferredMessageUpdate);
      },
      told: async (work) => say(await settle(work)),
      changed: async (work) => {
        const late = Symbol('late');
        const soon = await Promise.race([work, sleep(patience, late, { ref: false })]);
        const isLate = soon === late;
        // Which claims nothing, and leaves the message as it is.
        if (isLate) await first(InteractionResponseType.DeferredMessageUpdate);
        const { reply, replaces } = isLate ? await work : (soon as PressOutcome);
        if (!replaces) return say(reply);
        const data = { components: messageOf(reply), flags: MessageFlags.IsComponentsV2 };
        if (!isLate) return void (await first(InteractionResponseType.UpdateMessage, data));
        await followWithChange(calls, interaction, data).catch(untold);
      },
      said: async (work, words) => {
        const refusal = await settle(work);
        if (refusal !== null) return tell(refusal);
        if (answered) return tell('Done: I have your message.');
        const [content = ''] = splitMarkdown(words, 2_000);
        await first(InteractionResponseType.ChannelMessageWithSource, {
          content,
          allowed_mentions: { parse: [] },
        });
      },
      modal: async (modal) => void (await first(InteractionResponseType.Modal, modal)),
      made: async (work) => {
        const modal = await soonOr(work, tooSlow);
        if (typeof modal === 'string') return tell(modal);
        await first(InteractionResponseType.Modal, modal);
      },
      choices: async (work) => {
        const found = work.catch((error) => {
          log.warn({ err: error, interaction: id }, 'nothing was offered');
          return [];
        });
        const choices = await soonOr(found, []);
        await first(InteractionResponseType.ApplicationCommandAutocompleteResult, { choices });
      },
    };
  };
}

/** All texts of a message hold 4,000 characters together. */
function messageOf({ text: words, cards }: Told) {
  return [
    ...splitMarkdown(words, cards.length > 0 ? 500 : 3_900)
      .slice(0, 1)
      .map(text),
    ...scheduleCards(cards),
  ];
}
