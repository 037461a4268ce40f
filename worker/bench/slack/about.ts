import type { About } from '../about.ts';

export const about: About = {
  title: 'Slack, in and out',
  how: `A twin of Slack that keeps Slack's limits in this process, the bots role's Slack part in one of its own; Postgres flushes each commit. 200 events a second for 10 s: 100 mentions, each delivered as \`message\` and as \`app_mention\`, of 50 people. Then the answers of
those turns. Then 60 people in 6 channels ask at once, with Slack's own buckets on and 2 ms more for every flush.`,
  figures: {
    'event → acknowledgement':
      'From the event at our end of the socket to "got it", which is said after the turn is committed (I2).',
    'events acknowledged': 'Both events of each mention.',
    'events lost': 'Events that the twin gave up on.',
    'turn finished → answer posted':
      "From the turn's end in its log to the receipt of its answer's post, with all other turns waiting.",
    '60 at once':
      "A crowd within Slack's limits: a channel takes one post a second, and no answer can stand before its place.",
    'posts taken': 'Calls within and beyond the buckets of the channels.',
    'posts told to wait': 'Calls within and beyond the buckets of the channels.',
    bucket: 'Calls of a method that its bucket took, and told to wait.',
  },
  minutes: 4,
};
