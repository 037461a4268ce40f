import { type APIChannel, type APIInteraction, MessageFlags, Routes } from 'discord.js';
import { type DiscordCalls, discordCodeOf } from './calls.ts';

/** 10015 and 50027: "Interaction tokens are valid for 15 minutes"; after that only the bot itself can say something. */
const tokenEnded = [10015, 50027];

/** A message's body for `follow*`. */
type Data = { components: object[]; flags: number };

/** Takes the place of "thinking", or stands beside what was pressed; directly to the person when the token has ended. */
export async function followWithWords(
  calls: DiscordCalls,
  interaction: APIInteraction,
  data: Data,
  { deferred }: { deferred: boolean },
): Promise<void> {
  const { application_id: app, token } = interaction;
  const hidden = { ...data, flags: data.flags | MessageFlags.Ephemeral, allowed_mentions: { parse: [] } };
  await orElse(
    deferred
      ? calls.call('PATCH', Routes.webhookMessage(app, token), { body: data, auth: false })
      : calls.call('POST', Routes.webhook(app, token), { body: hidden, auth: false }),
    async () => {
      const recipient = (interaction.member?.user ?? interaction.user)?.id;
      const { id } = await calls.call<APIChannel>('POST', Routes.userChannels(), {
        body: { recipient_id: recipient },
      });
      await calls.call('POST', Routes.channelMessages(id), {
        body: { ...data, allowed_mentions: { parse: [] } },
      });
    },
  );
}

/** Takes the place of the message that was pressed; by an edit as the bot when the token has ended. */
export async function followWithChange(
  calls: DiscordCalls,
  interaction: APIInteraction,
  data: Data,
): Promise<void> {
  const { application_id: app, token, message } = interaction;
  await orElse(
    calls.call('PATCH', Routes.webhookMessage(app, token), { body: data, auth: false }),
    async () => {
      // What only one person saw is gone with its token.
      const shared = message && !((message.flags ?? 0) & MessageFlags.Ephemeral);
      if (!shared) return followWithWords(calls, interaction, data, { deferred: false });
      await calls.call('PATCH', Routes.channelMessage(message.channel_id, message.id), { body: data });
    },
  );
}

async function orElse(byToken: Promise<unknown>, asBot: () => Promise<void>): Promise<void> {
  try {
    await byToken;
  } catch (error) {
    if (!tokenEnded.includes(discordCodeOf(error) ?? 0)) throw error;
    await asBot();
  }
}
