import type { About } from '../about.ts';

export const about: About = {
  title: 'The one door',
  how: `The egress role in a process of its own with the real database, beside a bare CONNECT proxy, the least that intercepts (Node's own server
and client, a certificate for each host, no decision and no log), and mockttp; client and far side are processes too. Turn about in
rounds of a second, so that what disturbs the machine disturbs all. Ratios are the median of the rounds' ratios.`,
  figures: {
    requests: 'Small requests over 16 kept connections.',
    'large answers': 'Answers of 32 MiB over 4 connections.',
    'new connections':
      'Connections that are opened, intercepted, used for one request, and closed; 16 at a time.',
    'new connection and request': 'One at a time: what somebody waits.',
    '10 GB through TLS':
      'Resident memory of the role while one answer of 10 GB passes: nothing is held back.',
  },
  short: {
    "requests, of the minimal proxy's": `A small request costs the door's process half as much again as the minimal proxy's (the lines of work above), and Postgres keeps
the door's log on the same two cores, where the minimal proxy keeps none. What of it is whose is not measured one by one; a profile on a
busy machine showed no part that stands out but writing to sockets, a third.`,
    "large answers, of mockttp's":
      'Large answers cost the same decryption and encryption in every proxy that intercepts; the minimal proxy, which does nothing else, is no faster (its line stands above).',
  },
  minutes: 15,
};
