import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { may } from '#core/identity/roles.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { route } from '../route.ts';
import { answers } from '../schemas.ts';

const dollars = z.number().min(0).max(1_000_000).describe('US dollars for a million tokens.');
const Price = z.object({ input: dollars, cachedInput: dollars, output: dollars }).openapi('Price');
const PriceLine = Price.extend({ provider: z.string(), model: z.string() }).openapi('PriceLine');
const Sum = z
  .object({
    of: z.string(),
    calls: z.number().int(),
    inputTokens: z.number(),
    cachedInputTokens: z.number(),
    outputTokens: z.number(),
    cost: z.number().describe('US dollars, of the calls that had a price.'),
    unpriced: z.number().int().describe('Calls whose model had no price.'),
  })
  .openapi('UsageSum');

const prices = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/prices',
    summary: 'The price table',
    responses: answers(z.object({ prices: z.array(PriceLine) }), 'Prices.'),
  },
);

const setPrice = route(
  { act: 'administer', audit: 'price.set' },
  {
    method: 'put',
    path: '/v1/prices',
    summary: "Sets a model's price, or takes it out with null; `model` may end in *",
    request: {
      body: {
        content: {
          'application/json': {
            schema: z.object({
              provider: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
              model: z.string().min(1).max(200),
              price: Price.nullable(),
            }),
          },
        },
        required: true,
      },
    },
    responses: answers(z.object({ prices: z.array(PriceLine) }), 'The table as it stands now.'),
  },
);

const usage = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/usage',
    summary: 'What models used and cost: yours, or as an administrator everybody’s',
    request: {
      query: z.object({
        by: z.enum(['day', 'user', 'model']).default('day'),
        from: z.iso.datetime(),
        to: z.iso.datetime(),
      }),
    },
    responses: answers(z.object({ usage: z.array(Sum) }), 'Sums.'),
  },
);

/** Prices and what was used by them. */
export function usageRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  app.openapi(prices, async (c) => {
    caller(c);
    return c.json({ prices: await deps.usage.prices() }, 200);
  });

  app.openapi(setPrice, async (c) => {
    const { userId } = caller(c);
    const { provider, model, price } = c.req.valid('json');
    await deps.usage.setPrice(provider, model, price, userId);
    return c.json({ prices: await deps.usage.prices() }, 200);
  });

  app.openapi(usage, async (c) => {
    const { userId, role } = caller(c);
    const own = may(role, 'administer') ? {} : { userId };
    return c.json({ usage: await deps.usage.sums({ ...c.req.valid('query'), ...own }) }, 200);
  });
}
