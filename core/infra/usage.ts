import type { UsageBook, UsageSum } from '#core/usage/ports.ts';
import { costOf, type PriceLine, priceOf } from '#core/usage/prices.ts';
import type { Database } from './database.ts';

const groups = {
  day: `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  user: 'user_id',
  model: `provider || ':' || model`,
} as const;

/** Prices and usage on Postgres. */
export function openUsage({ pool, prisma }: Database): UsageBook {
  // Both without Prisma, here and below: every turn comes by, and Prisma's own work is ten times that of the statement.
  const prices: UsageBook['prices'] = async () => {
    const { rows } = await pool.query<PriceLine>({
      name: 'prices',
      text: 'SELECT provider, model, input, cached_input AS "cachedInput", output FROM price ORDER BY provider, model',
    });
    return rows;
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
      const costs = entries.map((entry) => {
        const price = priceOf(table, entry.provider, entry.model);
        return price && costOf(entry, price);
      });
      await pool.query({
        name: 'record_usage',
        text: `INSERT INTO model_usage (turn_id, key, session_id, user_id, provider, model, input_tokens,
            cached_input_tokens, output_tokens, cost)
          SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[],
            $9::int[], $10::float[])
          ON CONFLICT DO NOTHING`,
        values: [
          entries.map(({ turnId }) => turnId),
          entries.map(({ key }) => key),
          entries.map(({ sessionId }) => sessionId),
          entries.map(({ userId }) => userId),
          entries.map(({ provider }) => provider),
          entries.map(({ model }) => model),
          entries.map(({ inputTokens }) => inputTokens),
          entries.map(({ cachedInputTokens = 0 }) => cachedInputTokens),
          entries.map(({ outputTokens }) => outputTokens),
          costs,
        ],
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
