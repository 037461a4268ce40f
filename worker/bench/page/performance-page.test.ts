import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { benches, benchNames } from '../benches.ts';
import { atLeast, told } from '../metric.ts';
import { explanationOf, performancePage } from './performance-page.ts';
import { promises } from './promises.ts';
import { type Kept, linesOf, readKept, type Taken } from './taken.ts';
import { kept, pageFile } from './write-pages.ts';

const taken: Taken = {
  bench: 'turns',
  at: '2026-11-21T12:30:00.000Z',
  cpu: 'Some processor',
  cores: 2,
  memoryGiB: 8,
  load: 0.1,
  node: 'v24.0.0',
  seconds: 60,
};

const keptOf = (...metrics: Kept['metrics']) => new Map([['turns', { taken, metrics }]]);

test('docs/performance.md is what the kept figures and the words beside the benches make: nobody typed into it', () => {
  assert.equal(readFileSync(pageFile, 'utf8'), performancePage(kept()));
});

test('every kept figure has an explanation, and every bench a section', () => {
  const page = readFileSync(pageFile, 'utf8');
  for (const name of benchNames) {
    assert.ok(page.includes(`\n## ${benches[name].title}\n`), name);
    const unexplained = (kept().get(name)?.metrics ?? []).filter(
      ({ metric }) => explanationOf(benches[name], metric) === null,
    );
    assert.deepEqual(unexplained, []);
  }
});

test('every figure that shows a promise of the design is one that its bench explains', () => {
  for (const { what, shownBy } of promises)
    for (const { bench, metric } of shownBy)
      assert.ok(explanationOf(benches[bench], metric), `${what}: ${bench} does not explain ${metric}`);
});

test('a promise counts as kept when each of its figures was measured and met', () => {
  const speed = { metric: 'turns', value: 10, unit: 'turns/s' };
  const line = (page: string) => page.split('\n').find((one) => one.includes('instant model, no sandbox'));
  const slow = line(performancePage(keptOf({ bench: 'turns', ...atLeast(speed, 11, 20) })));
  const fast = line(performancePage(keptOf({ bench: 'turns', ...atLeast(speed, 9, 20) })));
  assert.match(slow ?? '', /10 turns\/s ✗ \| ✗ \|$/);
  assert.match(fast ?? '', /10 turns\/s \| ✓ \|$/);
  assert.match(line(performancePage(new Map())) ?? '', /turns: not measured \| ✗ \|$/);
});

test('a figure that falls short is named with what is known of why', () => {
  const speed = { metric: 'turns', value: 10, unit: 'turns/s' };
  const page = performancePage(keptOf({ bench: 'turns', ...atLeast(speed, 11, 20) }));
  assert.match(page, /\*\*turns\*\* falls short\. \S/);
  assert.match(
    page,
    /Taken 2026-11-21 12:30 UTC in 60 s: 2 × Some processor, 8 GiB, Node v24\.0\.0; load 0\.1/,
  );
});

test('the longest beginning that fits explains a figure', () => {
  const about = { ...benches.turns, figures: { a: 'short', 'a b': 'long' } };
  assert.equal(explanationOf(about, 'a b c'), 'long');
  assert.equal(explanationOf(about, 'a c'), 'short');
  assert.equal(explanationOf(about, 'b'), null);
});

test('what is kept reads back as it was written', () => {
  const all = keptOf({ bench: 'turns', ...told({ metric: 'turns', value: 1, unit: '' }) });
  assert.deepEqual(readKept(linesOf(all.values())), all);
});
