import type { About } from '../about.ts';

export const about: About = {
  title: 'Storage',
  how: `The demo model runs one command in each of 200 turns, ten in each of twenty threads. Tables are measured without the room of deleted rows; then every log is archived (docs/adr/0120).`,
  figures: {
    'events of a turn':
      'Rows of the log: the message, intents and receipts of two model calls and a command, the end, the seal.',
    'database, per turn': 'Growth of the tables that every turn writes, indexes with them.',
    'of that the log':
      'The table of events. Turns that read or write more have larger payloads; beyond a limit they lie in the blob store.',
    'payloads in the blob store, per turn': 'None here: what a small command says stands in its row.',
    'database, per turn once archived': 'What stays: the turn, its effects, where its log lies.',
    'archive in the blob store, per turn': 'The same rows, compressed.',
    'archived against kept in the table': 'Both together, beside what the database held before.',
  },
  minutes: 10,
};
