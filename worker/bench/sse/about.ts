import type { About } from '../about.ts';

export const about: About = {
  title: 'Streams of events',
  how: `500 readers hold a stream of server-sent events open, first all of one session, then each of another. Messages are sent over the API, one
after the other. Server, readers and the database's client are one process, so that these figures are more than the server's own.`,
  figures: {
    '500 on one session: event':
      'From sending the message to the event on the wire of every reader; floor: until the message itself was answered.',
    '500 on one session: memory': "Both ends of a stream: the server's and the reader's.",
    '500 on different ones: event': 'The same for the one reader that it concerns.',
    '500 on different ones: memory': "Both ends of a stream: the server's and the reader's.",
  },
  minutes: 4,
};
