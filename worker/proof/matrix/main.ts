import { parseArgs } from 'node:util';
import { startSynapse } from '#bots/matrix/testing/synapse.ts';
import { askWhileKilled } from './killed.ts';

/**
 * `npm run matrix -- [--turns 200] [--rooms 4] [--kills 12] [--gap 200] [--encrypted]`: kills the process that reads and answers on a
 * real Synapse, and counts. One line of what came of it; the exit code is 1 when anything was lost or doubled.
 */
const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '200' },
    rooms: { type: 'string', default: '4' },
    kills: { type: 'string', default: '12' },
    gap: { type: 'string', default: '200' },
    encrypted: { type: 'boolean', default: false },
  },
});
await using owned = new AsyncDisposableStack();
const releases = { after: (release: () => unknown) => void owned.defer(async () => void (await release())) };
const synapse = await startSynapse(releases);
const began = performance.now();
try {
  const sizes = {
    ...{ turns: Number(values.turns), rooms: Number(values.rooms) },
    ...{ kills: Number(values.kills), gap: Number(values.gap), withinMs: 600_000 },
    encrypted: values.encrypted,
  };
  const line = await askWhileKilled(releases, synapse, sizes);
  process.stdout.write(`${line}, ${Math.round((performance.now() - began) / 1000)} s\n`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
