import type { About } from '../about.ts';

export const about: About = {
  title: 'Roles without work',
  how: `The three roles run as production runs them, each a process from its own main, on an empty database and without warm sandboxes.
Each says what it still uses after a collection of garbage, the least of six looks. Then 100,000 sessions with a turn that ended
yesterday are put into the database, and each role is asked again after every clock in it has ticked.`,
  figures: {
    ...of('bots'),
    ...of('worker'),
    ...of('egress'),
  },
  minutes: 3,
};

function of(role: string): Record<string, string> {
  return {
    [`${role}, memory in use`]: 'JavaScript objects and what hangs on them.',
    [`${role}, resident memory`]:
      'What the system counts for the process, with Node itself and everything it has loaded.',
    [`${role}, processor while idle`]: 'Heartbeats, sweeps and other clocks.',
    [`${role}, memory that`]:
      'More memory in use than before. An idle session has no process, no timer and no memory.',
    [`${role}, processor with`]: 'The same clocks over a full database; floor: over an empty one.',
  };
}
