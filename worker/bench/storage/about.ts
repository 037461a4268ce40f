import type { About } from '../about.ts';

export const about: About = {
  title: 'What a turn leaves',
  how: `20 sessions of 10 turns with a command each, by the demo model, on an empty database; then their logs are archived as the house-keeper
does it with those that have rested for long. Tables are counted with their indexes, after a VACUUM.`,
  figures: {
    'events of a turn': 'Rows of its log.',
    'database, per turn': 'Growth of all tables that grow with turns.',
    'of that the log': 'The event table alone.',
    'payloads in the blob store': 'Requests and results that are too large for a row.',
    'archive in the blob store': 'The packed log.',
    'archived against kept': 'What is left in tables and archive, beside what the tables held before.',
  },
  minutes: 8,
};
