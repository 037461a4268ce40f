import type { UsageBook, UsageSum } from '#core/usage/ports.ts';
import { costOf, priceOf } from '#core/usage/prices.ts';
import type { Database } from './database.ts';

const groups = {
  day: `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  user: 'user_id',
  model: `provider || ':' || model`,
} as const;

/** Prices and usage on Postgres. */
export function openUsage({ pool, prisma }: Database): UsageBook {
  const prices: UsageBook['prices'] = async () => {
    const rows = await prisma.price.findMany({ orderBy: [{ provider: 'asc' }, { model: 'asc' }] });
    return rows.map(({ provider, model, input, cachedInput, output }) => ({
      provider,
      model,
      input,
      cachedInput,
      output,
    }));
  };
  return {
    prices,
    setPrice: async (provider, model, price, by) => {
      if (price === null) {
        await prisma.price.deleteMany({ where: { provider, model } });
        return;
      }
      const set = { ...price, changedBy: by, changedAt: new Date() };
      await prisma.price.upsert({
        where: { provider_model: { provider, model } },
        create: { provider, model, ...set },
        update: set,
      });
    },
    record: async (entries) => {
      if (entries.length === 0) return;
      const table = await prices();
      await prisma.modelUsage.createMany({
        data: entries.map((entry) => {
          const price = priceOf(table, entry.provider, entry.model);
          const { cachedInputTokens = 0 } = entry;
          return { ...entry, cachedInputTokens, cost: price && costOf(entry, price) };
        }),
        skipDuplicates: true,
      });
    },
    sums: async ({ by, from, to, userId }) => {
      const { rows } = await pool.query<UsageSum>(
        `SELECT ${groups[by]} AS "of", count(*)::int AS calls, sum(input_tokens)::float AS "inputTokens",
           sum(cached_input_tokens)::float AS "cachedInputTokens", sum(output_tokens)::float AS "outputTokens",
           coalesce(sum(cost), 0) AS cost, count(*) FILTER (WHERE cost IS NULL)::int AS unpriced
         FROM model_usage WHERE at >= $1 AND at < $2 AND ($3::text IS NULL OR user_id = $3) GROUP BY 1 ORDER BY 1`,
        [from, to, userId ?? null],
      );
      return rows;
    },
  };
}
