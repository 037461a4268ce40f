import { z } from 'zod';

/** The parts of interaction payloads that we read (docs.slack.dev/reference/interaction-payloads). */
export const interaction = z.object({
  type: z.string(),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  container: z.object({ thread_ts: z.string().optional() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  callback_id: z.string().optional(),
  action_ts: z.string().optional(),
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().optional(), action_ts: z.string() }))
    .optional(),
  view: z
    .object({
      id: z.string().optional(),
      callback_id: z.string().optional(),
      private_metadata: z.string().optional(),
      state: z
        .object({
          values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))),
        })
        .optional(),
    })
    .optional(),
});
export type Interaction = z.infer<typeof interaction>;

/** docs.slack.dev/interactivity/implementing-slash-commands */
export const slashCommand = z.object({
  user_id: z.string(),
  channel_id: z.string(),
  text: z.string().default(''),
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
});
export type SlashCommand = z.infer<typeof slashCommand>;
