import { after, test } from 'node:test';
import { startSynapse } from '#bots/matrix/testing/synapse.ts';
import { askWhileKilled } from './killed.ts';

const synapse = await startSynapse({ after });

// `npm run matrix` does it at length.
test('I1, I4: killed at random, between an answer and its commit, and over a gap: each mention is answered once', async (t) => {
  const sizes = { turns: 60, rooms: 4, kills: 3, gap: 60, withinMs: 90_000 };
  t.diagnostic(await askWhileKilled(t, synapse, sizes));
});
