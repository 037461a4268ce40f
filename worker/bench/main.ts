import { parseArgs } from 'node:util';
import { messageOf } from '#core/errors.ts';
import { stopSignal } from '#core/machine/role.ts';
import { type BenchName, benches, benchNames, isBench } from './benches.ts';
import { type Metric, tableOf } from './metric.ts';
import { machineNow, type Taken } from './page/taken.ts';
import { keepTaken, writePages } from './page/write-pages.ts';
import { runBench } from './run-bench.ts';

/**
 * `npm run bench -- [NAME…] [--write] [--page]`: all benches, or those that are named, one after the other, each in a
 * process of its own. Prints a table and a JSON line for each metric; the exit code is 1 when a bench did not end well.
 * `--write` keeps what was found and makes `docs/performance.md` and `docs/scaling.md` of it; `--page` makes them anew from
 * what is kept, and measures nothing.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, page: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !isBench(name));
if (unknown.length > 0) {
  process.stderr.write(`✗ There is no bench ${unknown.join(', ')}. There are: ${benchNames.join(', ')}\n`);
  process.exitCode = 1;
} else if (values.page) {
  writePages();
} else {
  await measure(positionals.length > 0 ? (positionals as BenchName[]) : benchNames, values.write);
}

async function measure(names: BenchName[], write: boolean): Promise<void> {
  const stop = stopSignal();
  const metrics: Metric[] = [];
  const failed: string[] = [];
  for (const name of names) {
    if (stop.aborted) break;
    const machine = machineNow();
    const began = performance.now();
    try {
      const found = (await runBench(name, stop)).map((metric) => ({ bench: name, ...metric }));
      metrics.push(...found);
      const seconds = Math.round((performance.now() - began) / 1000);
      process.stderr.write(`✓ ${name}: ${benches[name].title.toLowerCase()}, ${seconds} s\n`);
      const taken: Taken = { bench: name, ...machine, seconds };
      if (write) keepTaken(taken, found);
    } catch (error) {
      failed.push(name);
      process.stderr.write(`✗ ${name}: ${messageOf(error)}\n`);
    }
  }
  if (write) writePages();
  process.stdout.write(`${tableOf(metrics)}\n`);
  for (const metric of metrics) process.stdout.write(`${JSON.stringify(metric)}\n`);
  if (failed.length > 0) {
    process.stderr.write(`✗ Not measured: ${failed.join(', ')}. The rest stands.\n`);
    process.exitCode = 1;
  }
}
