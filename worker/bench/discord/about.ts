import type { About } from '../about.ts';

export const about: About = {
  title: 'Discord, in and out',
  how: `A twin of Discord that keeps Discord's 50 calls a second, the bots role's Discord part and a scripted worker are one process; Postgres
flushes each commit. 100 mentions at once in one channel, of ten people. Then 200 interactions (buttons that ask again, buttons that read,
commands, completions) spread over a second: on an idle bot, on an idle bot that has met none of the 200 people, and while it answers
another 100 mentions.`,
  figures: {
    'of 100 mentions': 'Messages whose thread has one answer, their own.',
    'posts anywhere else': 'What was said in the channel itself.',
    '100 mentions': 'From the first mention to the last answer, within 50 calls a second.',
    '200 interactions':
      'From the press to "got it", which Discord wants within 3 s, and which is said after what it means is committed.',
    'calls told to wait': 'Calls that the twin refused with 429.',
  },
  minutes: 4,
};
