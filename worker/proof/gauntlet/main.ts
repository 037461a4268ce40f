import { parseArgs } from 'node:util';
import { stopSignal } from '#core/machine/role.ts';
import { describe, harmOf, isClean, summarise } from './report.ts';
import { suites } from './suites.ts';

/**
 * `npm run gauntlet -- [--only TEXT]`: makes every attack of every group (or of those whose name holds TEXT); the last
 * line is one JSON object; the exit code is 1 when anything got out, broke, or could not be observed.
 */
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const stop = stopSignal();
const verdicts = [];
for (const suite of suites) {
  let begun = performance.now();
  for await (const made of suite.run((name) => name.includes(values.only))) {
    process.stderr.write(`${describe(made, performance.now() - begun)}\n`);
    verdicts.push(...made);
    stop.throwIfAborted();
    begun = performance.now();
  }
}
process.stdout.write(`${JSON.stringify(summarise(verdicts, harmOf))}\n`);
process.exitCode = isClean(verdicts) ? 0 : 1;
