import type { About } from '../about.ts';

export const about: About = {
  title: 'Schedules',
  how: `100,000 schedules sleep in the database of a process that keeps their clock, which ticks 200 times; then 1,000 of them are due at once.`,
  figures: {
    'memory added by': 'A sleeping schedule is a row and nothing else.',
    tick: 'A look for what is due, and for firings that have ended, when there is neither.',
    '1000 due moments': 'From rows that are due to rows of firings, each claimed once among all processes.',
  },
  minutes: 3,
};
