import type { UsageSum } from '#core/usage/ports.ts';
import type { Handler } from '../ports.ts';
import { said } from '../reply.ts';

const dayMs = 86_400_000;
const spans = [
  { name: 'Last 24 hours', days: 1 },
  { name: 'Last 7 days', days: 7 },
  { name: 'Last 30 days', days: 30 },
];

export const usage: Handler<'usage'> = async (_command, { person, now }, deps) => {
  const to = new Date(now.getTime() + 1).toISOString();
  const lines = spans.map(async ({ name, days }) => {
    const from = new Date(now.getTime() - days * dayMs).toISOString();
    const [sum] = await deps.usage.sums({ by: 'user', from, to, userId: person.userId });
    return `- ${name}: ${sum ? told(sum) : 'nothing'}`;
  });
  const text = ['What your requests have used:', ...(await Promise.all(lines))].join('\n');
  return said(text);
};

function told({ calls, inputTokens, outputTokens, cost, unpriced }: UsageSum): string {
  const count = (tokens: number) => tokens.toLocaleString('en-US');
  const dollars = unpriced === calls ? 'no price is set for them' : `$${cost.toFixed(2)}`;
  const partly = unpriced > 0 && unpriced < calls ? ` (without ${unpriced} calls that have no price)` : '';
  return `${calls} model calls, ${count(inputTokens)} tokens in, ${count(outputTokens)} out, ${dollars}${partly}`;
}
