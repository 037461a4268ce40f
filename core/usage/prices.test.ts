import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf, type PriceLine, priceOf } from './prices.ts';

const line = (model: string, input: number): PriceLine => ({
  provider: 'openai',
  model,
  input,
  cachedInput: input / 10,
  output: input * 4,
});

test('the exact name counts before a pattern, the longer pattern before the shorter', () => {
  const table = [line('*', 1), line('gpt-5*', 2), line('gpt-5-mini*', 3), line('gpt-5', 4)];
  const inputOf = (model: string) => priceOf(table, 'openai', model)?.input;
  assert.deepEqual(['gpt-5', 'gpt-5.1', 'gpt-5-mini-2', 'o9'].map(inputOf), [4, 2, 3, 1]);
  assert.equal(priceOf(table, 'anthropic', 'gpt-5'), null);
});

test('cached input is part of the input and has a price of its own', () => {
  const price = { input: 10, cachedInput: 1, output: 100 };
  assert.equal(costOf({ inputTokens: 1_000_000, outputTokens: 0 }, price), 10);
  assert.equal(
    costOf({ inputTokens: 1_000_000, cachedInputTokens: 500_000, outputTokens: 10_000 }, price),
    6.5,
  );
  assert.equal(costOf({ inputTokens: 10, cachedInputTokens: 99, outputTokens: 0 }, price), 0.00001);
});
