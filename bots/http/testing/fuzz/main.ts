import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzzTheApi } from './ground.ts';

/** Prints what became of the requests; exit code 1 when one got a 500 or no answer. */
const { values } = parseArgs({
  options: { requests: { type: 'string', default: '10000' }, seed: { type: 'string' } },
});
const requests = Number(values.requests);
const seed = values.seed === undefined ? randomInt(2 ** 31 - 1) : Number(values.seed);
await using owned = new AsyncDisposableStack();
const began = performance.now();
const found = await fuzzTheApi(
  { after: (release) => owned.defer(async () => void (await release())) },
  requests,
  seed,
);
const seconds = Math.round((performance.now() - began) / 1000);
process.stdout.write(`${found.requests} requests in ${seconds} s, seed ${seed}\n`);
for (const [status, count] of Object.entries(found.statuses)) process.stdout.write(`  ${status}: ${count}\n`);
for (const failure of found.failures) process.stdout.write(`✗ ${failure}\n`);
if (found.failures.length > 0) process.exitCode = 1;
