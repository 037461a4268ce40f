import { z } from 'zod';
import { policyDocument } from '#core/policy/document.ts';
import { mcpServers } from './mcp.ts';

/** Whose word it is, from the uppermost down: the operator's, the tenant's, the person's. */
export const templateLayers = ['system', 'workspace', 'user'] as const;
export type TemplateLayer = (typeof templateLayers)[number];

/** How long a model thinks, from little to much. */
export const efforts = ['minimal', 'low', 'medium', 'high'] as const;
export type Effort = (typeof efforts)[number];

/** What templates and skills are called. */
export const templateName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'should be a name such as assistant or night-shift');

const tool = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]{0,31}(__([a-z0-9_-]{1,48}|\*))?$/i,
    'should be a tool such as exec_command, github__search or github__*',
  );
const model = z
  .string('should be a model such as openai:gpt-5.1')
  .regex(
    /^[a-z][a-z0-9-]*:[^\s:][^\s]*$/,
    'should be provider:model, such as openai:gpt-5.1 or anthropic:claude-sonnet-4-5',
  );
const count = (most: number, what: string) =>
  z
    .number(`should be a number of ${what}`)
    .positive('should be more than 0')
    .max(most, `should be at most ${most}`);
const whole = (most: number, what: string) => count(most, what).int('should be a whole number');
const effort = z.enum(efforts, `should be one of ${efforts.join(', ')}`);
const list = <T extends z.ZodType>(one: T, what: string) =>
  z.array(one, `should be a list of ${what}`).max(200, 'holds more than 200');

/** The text of one layer's template once it is plain data. What is left out is left to the other layers. */
export const templateDocument = z.strictObject(
  {
    format: z.literal(1, 'should be 1, the only format there is'),
    /** One sentence for lists. */
    about: z.string('should be a sentence').max(200, 'is longer than 200 characters').optional(),
    instructions: z.string('should be text').max(20_000, 'is longer than 20,000 characters').optional(),
    model: z
      .strictObject({
        /** In the order in which they are tried. */
        use: list(model, 'models').min(1, 'is empty; leave it out for the models that are set up').optional(),
        effort: effort.optional(),
      })
      .optional(),
    /** Left out: all tools; `deny` beats `allow`; those under `ask` ask people before each call. */
    tools: z
      .strictObject({
        allow: list(tool, 'tools').optional(),
        deny: list(tool, 'tools').default([]),
        ask: list(tool, 'tools').default([]),
      })
      .optional(),
    /** Tool servers by their names. */
    mcp: mcpServers.optional(),
    /** Left out: all skills. */
    skills: list(templateName, 'skills').optional(),
    limits: z
      .strictObject({
        steps: whole(1000, 'model calls').optional(),
        minutes: count(10_000, 'minutes').optional(),
        tokens: whole(1_000_000_000, 'tokens').optional(),
        /** US dollars, by the price table. */
        cost: count(100_000, 'dollars').optional(),
        /** The most that `model.effort` may say. */
        effort: effort.optional(),
      })
      .optional(),
    image: z.string('should be an image such as deckhand/base:1').max(200).optional(),
    workspace: z.enum(['persistent', 'fresh'], 'should be persistent or fresh').optional(),
    /** When the workspace is saved for other hosts: once its sandbox is idle, or also at each turn's end. */
    save: z.enum(['idle', 'turn'], 'should be idle or turn').optional(),
    policy: policyDocument.optional(),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'should begin with `format: 1`' : undefined) },
);

export type TemplateDocument = z.output<typeof templateDocument>;

/** One version of one layer's document. Version 0: shipped with Deckhand. */
export interface TemplateVersion {
  readonly layer: TemplateLayer;
  readonly version: number;
  /** SHA-256 of the text. */
  readonly hash: string;
  readonly document: TemplateDocument;
}
