import { z } from 'zod';
import { visible } from '#core/approvals/visible.ts';
import { plainName, quotedText } from '../context/names.ts';
import type { PastTurn } from '../port.ts';
import { defineTool, type TextResult } from './tool.ts';
import { oneLine } from './words.ts';

const proposal = z.object({
  proposal: z
    .string()
    .min(1)
    .max(2000)
    .describe('What you would do after a yes, so that it can be answered with yes or no.'),
  why: z.string().max(2000).nullish().describe('Why, for those who are asked.'),
});

/** Asks people for a yes or no to something that no other tool asks about, and waits for it. */
export const askPerson = defineTool<z.infer<typeof proposal>, TextResult>({
  name: 'ask_person',
  description:
    'Puts a proposal to the person you work for, with buttons for yes and no, and waits for the answer. For choices that are theirs. For anything that needs words as an answer, end your turn with the question instead.',
  parameters: proposal,
  kind: 'tool',
  inDoubt: 'again',
  title: (args) => `asked: ${oneLine(args.proposal)}`,
  approval: (args) => ({
    request: {
      kind: 'tool',
      title: 'go on like this',
      subject: visible(args.proposal),
      why: args.why ? visible(args.why).slice(0, 500).toWellFormed() : null,
    },
    exact: { tool: 'ask_person', proposal: args.proposal },
  }),
  perform: async () => ({ outcome: 'done', result: { output: 'They said yes to exactly this.' } }),
  render: ({ result }) => result.output,
});

/** Turns that can be read back, and what one reading gives. */
const maxBack = 200;
const maxTurns = 10;
const maxChars = 48_000;

const stretch = z.object({
  skip: z
    .number()
    .int()
    .min(0)
    .max(maxBack)
    .nullish()
    .describe('How many of the latest earlier requests to leave out. Default: 0.'),
  count: z.number().int().min(1).max(maxTurns).nullish().describe('How many to read. Default: 5.'),
});

/** Reads what was said in the thread before, word by word: what a turn is told by itself is cut and summarised. */
export const readThread = defineTool<z.infer<typeof stretch>, TextResult>({
  name: 'read_thread',
  description:
    'Reads earlier requests of this thread and their answers in full, oldest first. For what was cut or only summarised.',
  parameters: stretch,
  kind: 'tool',
  inDoubt: 'again',
  title: ({ skip }) => `read the thread${skip ? `, ${skip} requests back` : ''}`,
  perform: async ({ skip, count }, scope) => {
    const turns = await scope.readThread(skip ?? 0, count ?? 5);
    return {
      outcome: 'done',
      result: { output: turns.map(textOf).join('\n\n').slice(0, maxChars).toWellFormed() },
    };
  },
  render: ({ result }, mark) =>
    result.output === ''
      ? 'The thread has no earlier requests there.'
      : mark(result.output, 'the thread before'),
});

function textOf({ author, text, quoted = [], answer }: PastTurn): string {
  const before = quoted.length === 0 ? [] : [quotedText(quoted)];
  return [...before, `${plainName(author)}: ${text}`, `Deckhand: ${answer}`].join('\n');
}
