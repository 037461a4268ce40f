import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopSignal } from '#core/machine/role.ts';
import { places } from '../chaos/places.ts';
import { runRounds } from './run-rounds.ts';

/**
 * `npm run conserve -- [--seeds N] [--seed X] [--round N] [--messages N] [--platforms a,b]`: the last line is one JSON
 * object; the exit code is 1 when a message was lost, doubled, misplaced or run for somebody who may not.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    round: { type: 'string', default: '25' },
    messages: { type: 'string', default: '5' },
    platforms: { type: 'string', default: places.join() },
  },
});
const seeds = values.seed
  ? [Number(values.seed)]
  : Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const { summary, good } = await runRounds(seeds, {
  perRound: Number(values.round),
  messages: Number(values.messages),
  platforms: places.filter((name) => values.platforms.split(',').includes(name)),
  logs: join(tmpdir(), `deckhand-conserve-${process.pid}`),
  stop: stopSignal(),
  say: (line) => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = good ? 0 : 1;
