import { after, test } from 'node:test';
import { startSynapse } from '#bots/matrix/testing/synapse.ts';
import { askWhileKilled } from './killed.ts';

const synapse = await startSynapse({ after });

// `npm run matrix` does it at length.
for (const encrypted of [false, true]) {
  const where = encrypted ? 'encrypted' : 'plain';
  test(`I1, I4: killed at random, between an answer and its commit, and over a gap: each mention in ${where} rooms is answered once`, async (t) => {
    const sizes = encrypted ? { turns: 24, rooms: 2, gap: 30 } : { turns: 60, rooms: 4, gap: 60 };
    t.diagnostic(await askWhileKilled(t, synapse, { ...sizes, kills: 3, encrypted, withinMs: 90_000 }));
  });
}
