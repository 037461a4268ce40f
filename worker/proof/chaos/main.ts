import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopSignal } from '#core/machine/role.ts';
import { places } from './places.ts';
import { runSeeds } from './run-seeds.ts';

/**
 * `npm run chaos -- [--seeds N] [--seed X] [--turns N] [--at-once N] [--platforms a,b]`: the last line is one JSON object;
 * the exit code is 1 when anything was lost, doubled, out of order, stuck or broken.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    seed: { type: 'string' },
    turns: { type: 'string', default: '16' },
    platforms: { type: 'string', default: places.join() },
    'at-once': { type: 'string', default: '4' },
  },
});
const seeds = values.seed
  ? [Number(values.seed)]
  : Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const { summary, good } = await runSeeds(seeds, {
  turns: Number(values.turns),
  platforms: places.filter((name) => values.platforms.split(',').includes(name)),
  atOnce: Number(values['at-once']),
  logs: join(tmpdir(), `deckhand-chaos-${process.pid}`),
  stop: stopSignal(),
  say: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = good ? 0 : 1;
