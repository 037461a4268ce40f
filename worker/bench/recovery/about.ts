import type { About } from '../about.ts';

export const about: About = {
  title: 'Workers killed',
  how: `Three worker processes of 8 slots run turns of 20 people: two calls of the scripted model and four commands side by side, each of
another length. One worker after the other gets \`kill -9\` at a random moment (seeded) and is started again, until 200 turns were cut
off, each somewhere else in its work. Sandboxes die with their worker, which is the worst case: nothing is left of a command but
what its intent says. Every command that begins writes a line into a file before anything else, so that what ran twice is counted
outside of the database. \`npm run chaos\` shows the same with real sandboxes and at named points between two statements.`,
  figures: {
    'workers killed': 'Processes that were killed while they held turns.',
    'turns cut off': 'Turns that ran in a worker at the moment it was killed.',
    'commands that ran twice': 'By the file, over all turns (I4).',
    'turns that did not end well': 'Turns that ended otherwise than with an answer, or not at all (I1).',
    'cut off → resumed':
      'From the kill to the next event of the turn, by another worker. A worker counts as dead after 3 s of silence with nobody on its line, else after 6; the sweep looks every 2 s.',
    'cut off → given back': 'From the kill until the database took the turn away from the dead worker.',
    'given back → claimed': 'From there until a worker with a free slot claimed it.',
    'claimed → resumed':
      'From there until that worker wrote its first event: long only where the machine has no processor to give.',
    'workers that ended by themselves': 'Processes that ended without having been killed.',
    'start of a worker':
      'From the start of the process until it takes turns; as much as the machine is busy.',
  },
  minutes: 8,
};
