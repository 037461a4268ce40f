import type { About } from '../about.ts';

export const about: About = {
  title: 'Turns from end to end',
  how: `One process holds a worker of 8 slots, and the part of the bots role that posts; Postgres is a server of its own that flushes each
commit. The model is scripted and answers at once, there is no sandbox, and the platform takes every post at once: what is left is
what Deckhand itself costs. Speed: 1,000 turns of 40 people in 200 threads are submitted sixteen at a time while the worker is at
them. Beside it BullMQ alone, on the same Postgres, adds and processes 1,000 jobs, each of which makes as many single-row commits
as a turn does. Latency: 200 turns one after the other, each from its own person in its own thread. Fairness: one person has
10,000 turns waiting in 50 threads, four workers are at them, and 99 others ask once each, all at the same moment; turns end as
soon as they are claimed.`,
  figures: {
    'writing transactions a turn':
      'Transactions with an id that a turn costs, submission, claim, journal, end and wakes together: the commits that the bare queue is given as well.',
    'writing transactions a job':
      'The same of a job of the bare queue, those beside it included. It should be close to the line above.',
    turns:
      'Turns that are submitted, claimed, run and ended in a second. Its floor is the jobs of the bare queue, its target 60 % of them.',
    'turns with':
      'Turns that run five commands one after the other, submitted and run to their ends in a second.',
    'processor time of a turn, ours':
      'Of the process that submits and runs: what a second core or a second worker takes off.',
    'processor time of a turn, Postgres': 'Of all the backends of the server meanwhile.',
    'processor time of a turn with':
      'A turn that calls the model six times and runs five commands, one after the other: eleven effects.',
    'processor time of a job':
      'Of the process of the bare queue, for comparison: what one turn costs beyond it is our code and that of the Agents SDK.',
    'committed turn → model':
      'From the moment at which the submission is committed, over wake, claim, harness and context, to the first request that reaches the model.',
    'turn finished → answer sent': 'From the committed end of the turn to the call that posts its answer.',
    'Jain index':
      'Over what each person was served while somebody light waited, whose question had been accepted: 1 when all are served alike, 0.01 when one of a hundred has everything. What the heavy one is served while nobody else waits is not counted.',
    'inversions in a session':
      'Turns that were claimed after a later one of their session. Any is a fault (I3).',
    'wait of light users alone': 'From submission to claim when the 99 are alone: what twice is taken of.',
    'wait of light users, p99': 'The same with the heavy user.',
  },
  short: {
    turns: `The processor is what is full: a turn costs several times what a job of the bare queue costs in our process and in Postgres (the lines
above), for the Agents SDK's loop, canonical JSON, hashes and signatures of its events, and the chain in the database. What was tried, and what
each part brought, is in [ADR 116](adr/0116-what-a-turn-costs.md). More workers and more cores of Postgres add up: [scaling](scaling.md).`,
  },
  minutes: 15,
};
