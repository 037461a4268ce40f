import type { About } from '../about.ts';

export const about: About = {
  title: 'The journal',
  how: `The appender of one process writes events of 64 running turns for 3 s on a Postgres that flushes every commit; 2,048 writers wait for
theirs at any time. Beside it, as the floor, one writer commits single rows. Then the same on a server that takes 2 ms more for
every flush, as a slower disk would: \`commit_delay\`, held under the lock of the write-ahead log.`,
  figures: {
    'single-row commits': 'The floor: a table, one writer, one row a commit.',
    'events, half of them signed':
      'Intents and receipts in pairs, hash-chained, each committed before its writer goes on.',
    'signed receipts': 'Receipts alone, each signed with Ed25519.',
    'p99 append': 'From the call to the commit, for one event.',
    'verify 10000 events': 'Chain, signatures, and that every effect has its intent and receipt.',
    'recovery of 200 steps':
      'Processor time in which another worker reads the log of a turn of 200 steps and stands where it was cut off.',
  },
  minutes: 3,
};
