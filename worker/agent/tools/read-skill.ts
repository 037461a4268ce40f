import { z } from 'zod';
import { defineTool, type TextResult } from './tool.ts';

const parameters = z.object({
  name: z.string().min(1).max(40).describe('The skill, as it is listed.'),
  file: z.string().min(1).max(200).nullish().describe('A file of it that SKILL.md names. Default: SKILL.md.'),
});

/** Reads how something is done here. */
export const readSkill = defineTool<z.infer<typeof parameters>, TextResult>({
  name: 'read_skill',
  description: 'Reads a skill: how a kind of work is done here.',
  parameters,
  kind: 'tool',
  inDoubt: 'again',
  title: ({ name, file }) => `read the skill ${name}${file ? `: ${file}` : ''}`,
  perform: async ({ name, file }, scope) => ({
    outcome: 'done',
    result: { output: await scope.readSkill(name, file ?? 'SKILL.md') },
  }),
  render: ({ result }) => result.output,
});
