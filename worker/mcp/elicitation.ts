import { z } from 'zod';
import { visible } from '#core/approvals/visible.ts';
import type { AnswerContent } from '#core/mcp/types.ts';

/** What a server may ask a person in one question (specification 2025-11-25, "elicitation", mode form). */
const limits = { message: 2_000, fields: 20, choices: 50, words: 300, all: 8_000 };

const word = z.string().max(limits.words);
const choice = z.object({ const: word, title: word.optional() });
const about = { title: word.optional(), description: z.string().max(limits.message).optional() };
const text = z.object({
  type: z.literal('string'),
  ...about,
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  format: word.optional(),
});
const oneOf = z
  .object({ type: z.literal('string'), ...about, enum: z.array(word).max(limits.choices).optional() })
  .extend({ oneOf: z.array(choice).max(limits.choices).optional() })
  .refine((field) => field.enum !== undefined || field.oneOf !== undefined);
const someOf = z.object({
  type: z.literal('array'),
  ...about,
  items: z.object({
    enum: z.array(word).max(limits.choices).optional(),
    anyOf: z.array(choice).max(limits.choices).optional(),
  }),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
});
const number = z.object({
  type: z.enum(['number', 'integer']),
  ...about,
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const field = z.union([oneOf, text, number, z.object({ type: z.literal('boolean'), ...about }), someOf]);
const form = z.object({
  mode: z.literal('form').optional(),
  message: z.string().min(1).max(limits.message),
  requestedSchema: z.object({
    type: z.literal('object'),
    properties: z
      .record(word, field)
      .refine((fields) => Object.keys(fields).length <= limits.fields, 'asks for too much at once'),
    required: z.array(word).default([]),
  }),
});

type Field = z.output<typeof field>;

/** A question of a server to the person, found sound. Its words are the server's. */
export type ServerQuestion = z.output<typeof form>;

/** Null: it is none that people can be asked; a link to another place is none either. */
export function readQuestion(params: unknown): ServerQuestion | null {
  const { data } = form.safeParse(params);
  return data && questionWords(data).length <= limits.all ? data : null;
}

/** As it is told to the agent: what is asked, and what fits. */
export function questionWords({
  message,
  requestedSchema: { properties, required },
}: ServerQuestion): string {
  const fields = Object.entries(properties).map(
    ([name, one]) =>
      `- ${name} (${kindOf(one)}${required.includes(name) ? '' : ', may be left out'})${one.description ? `: ${one.description}` : ''}`,
  );
  return visible([JSON.stringify(message), ...fields].join('\n'));
}

/** Is that the question which was answered? Compared as it was shown. */
export function isAnswered({ message }: ServerQuestion, shown: string): boolean {
  return visible(message).trim() === visible(shown).trim();
}

/** Why an answer is none to this question, in words; null: it fits. */
export function faultOfAnswer(
  { requestedSchema: { properties, required } }: ServerQuestion,
  content: AnswerContent,
): string | null {
  const unknown = Object.keys(content).find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined) return `${JSON.stringify(unknown)} was not asked for`;
  const missing = required.find((name) => !Object.hasOwn(content, name));
  if (missing !== undefined) return `${missing} is missing`;
  for (const [name, value] of Object.entries(content)) {
    const asked = properties[name];
    if (asked && !fits(asked, value)) return `${name} should be ${kindOf(asked)}`;
  }
  return null;
}

function fits(asked: Field, value: AnswerContent[string]): boolean {
  const choices = choicesOf(asked);
  const within = (size: number, least = 0, most = Number.POSITIVE_INFINITY) => size >= least && size <= most;
  switch (asked.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
    case 'integer':
      return (
        typeof value === 'number' &&
        (asked.type === 'number' || Number.isInteger(value)) &&
        within(value, asked.minimum ?? Number.NEGATIVE_INFINITY, asked.maximum)
      );
    case 'array':
      return (
        Array.isArray(value) &&
        value.every((one) => choices?.includes(one)) &&
        within(value.length, asked.minItems, asked.maxItems)
      );
    case 'string':
      if (typeof value !== 'string') return false;
      if (choices) return choices.includes(value);
      return (
        !('minLength' in asked || 'maxLength' in asked) ||
        within(value.length, asked.minLength, asked.maxLength)
      );
  }
}

function choicesOf(asked: Field): string[] | null {
  const found =
    asked.type === 'array'
      ? { plain: asked.items.enum, titled: asked.items.anyOf }
      : {
          plain: 'enum' in asked ? asked.enum : undefined,
          titled: 'oneOf' in asked ? asked.oneOf : undefined,
        };
  return found.plain ?? found.titled?.map((one) => one.const) ?? null;
}

function titlesOf(asked: Field): Map<string, string> {
  const titled = asked.type === 'array' ? asked.items.anyOf : 'oneOf' in asked ? asked.oneOf : undefined;
  return new Map((titled ?? []).flatMap((one) => (one.title ? [[one.const, one.title] as const] : [])));
}

function kindOf(asked: Field): string {
  const choices = choicesOf(asked);
  if (choices) {
    const titles = titlesOf(asked);
    const shown = choices.map(
      (one) => `${JSON.stringify(one)}${titles.has(one) ? ` (${titles.get(one)})` : ''}`,
    );
    return `${asked.type === 'array' ? 'some' : 'one'} of ${shown.join(', ')}`;
  }
  if (asked.type === 'boolean') return 'true or false';
  if (asked.type === 'number' || asked.type === 'integer') {
    const { minimum, maximum } = asked;
    const from = minimum === undefined ? '' : ` from ${minimum}`;
    return `${asked.type === 'integer' ? 'a whole number' : 'a number'}${from}${maximum === undefined ? '' : ` up to ${maximum}`}`;
  }
  return 'format' in asked && asked.format ? `text: ${asked.format}` : 'text';
}
