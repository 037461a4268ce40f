import { z } from '@hono/zod-openapi';
import { diffLines } from 'diff';

/** What changed between two documents, line by line. */
export const LineDiff = z
  .object({
    lines: z.array(z.object({ op: z.enum(['same', 'out', 'in']), text: z.string() })),
    out: z.number().int(),
    in: z.number().int(),
  })
  .openapi('LineDiff');

/** Comparing two wholly different documents takes no longer than this; then one stands for the other as a whole. */
const timeoutMs = 500;

export function diffOf(before: string, after: string): z.infer<typeof LineDiff> {
  const parts = diffLines(before, after, { timeout: timeoutMs }) ?? [
    { value: before, added: false, removed: true },
    { value: after, added: true, removed: false },
  ];
  const lines = parts.flatMap(({ value, added, removed }) => {
    const op = added ? ('in' as const) : removed ? ('out' as const) : ('same' as const);
    return (value.endsWith('\n') ? value.slice(0, -1) : value)
      .split('\n')
      .filter((_, index, all) => value !== '' || index < all.length - 1)
      .map((text) => ({ op, text }));
  });
  const count = (op: string) => lines.filter((line) => line.op === op).length;
  return { lines, out: count('out'), in: count('in') };
}
