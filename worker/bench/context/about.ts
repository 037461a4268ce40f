import type { About } from '../about.ts';

export const about: About = {
  title: 'Long sessions',
  how: `A session with 500 turns of ten effects each, written as a worker writes it, and then further turns of it: what is read and told of the
past is bounded by rule, so a long session must not start later than a short one.`,
  figures: {
    'empty session': 'From the claim to the first request that reaches the model, without a past.',
    '500 turns, never summarised': 'The first turn that finds all of it and no summary.',
    '500 turns, start': 'Turns after that.',
  },
  minutes: 4,
};
