import { z } from 'zod';
import { defineTool } from './tool.ts';

const parameters = z.object({
  plan: z
    .array(
      z.object({
        title: z.string().min(1).max(200),
        state: z.enum(['pending', 'active', 'done']),
      }),
    )
    .min(1)
    .max(8)
    .describe('The whole plan, three to eight items, at most one of them active.'),
});

/** What a plan's receipt holds; the turn's document shows it. */
export type PlanResult = z.infer<typeof parameters>;

/** Shows people what the agent is going to do and how far it is. It touches nothing, so it can be done again. */
export const updatePlan = defineTool<PlanResult, PlanResult>({
  name: 'update_plan',
  description: 'Shows the people in the thread the plan and how far it is. For work of three steps or more.',
  parameters,
  kind: 'tool',
  inDoubt: 'again',
  title: ({ plan }) => `plan: ${plan.filter((item) => item.state === 'done').length} of ${plan.length} done`,
  perform: async ({ plan }) => ({ outcome: 'done', result: { plan } }),
  render: () => 'The plan is shown.',
});
