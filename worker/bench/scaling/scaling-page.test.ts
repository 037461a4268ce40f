import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { kept, scalingFile } from '../page/write-pages.ts';
import type { Costs } from './costs.ts';
import { larger } from './larger.ts';
import { scalingPage } from './scaling-page.ts';
import { reproduce } from './two-cores.ts';

const costs: Costs = {
  cores: 2,
  plain: { ours: 6, postgres: 8 },
  working: { ours: 20, postgres: 18 },
  job: { ours: 1, postgres: 2 },
  request: 0.2,
  perSecond: { plain: 120, working: 45, job: 600 },
  toModel: 8,
};

test('docs/scaling.md is what the kept figures and the simulation make: nobody typed into it', () => {
  assert.equal(readFileSync(scalingFile, 'utf8'), scalingPage(kept()));
});

test('without figures the page says which benches it needs', () => {
  assert.match(scalingPage(new Map()), /have not been measured yet/);
});

test('on two cores no more goes through than processors allow, and close to that', () => {
  const [plain, working, job] = reproduce(costs);
  for (const [found, { ours, postgres }] of [
    [plain, costs.plain],
    [working, costs.working],
    [job, costs.job],
  ] as const) {
    const most = Math.min(1000 / ours, 2000 / (ours + postgres));
    const simulated = found?.simulated ?? 0;
    assert.ok(simulated < most * 1.1 && simulated > most * 0.7, `${found?.figure}: ${simulated} of ${most}`);
  }
});

test('the same costs give the same figures, and ten times the sessions keep ten times as much busy', () => {
  assert.deepEqual(larger(costs, 10_000), larger(costs, 10_000));
  const [small, large] = [larger(costs, 10_000), larger(costs, 100_000)];
  for (const part of ['bots', 'worker', 'postgres', 'egress', 'slots', 'hosts'] as const)
    assert.ok(Math.abs(large.needed[part] / small.needed[part] - 10) < 1e-6, part);
});

test('with what is planned, what the platform adds stays a few times its own work', () => {
  const { addedMs } = larger(costs, 100_000);
  const workMs = costs.working.ours + costs.working.postgres;
  assert.ok(addedMs.p50 > workMs / 2 && addedMs.p99 < workMs * 10, JSON.stringify(addedMs));
});
