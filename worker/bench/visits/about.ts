import type { About } from '../about.ts';

export const about: About = {
  title: 'The page',
  how: `First visits of every page, with something on it, in a real browser on this machine, five times each; the figures are of the worst page.
The server, a scripted worker, the database's client and the bench are one process; the browser shares the two cores with them. The floor is the
first paint of an empty document by the same server.`,
  figures: {
    'first paint': 'From the request to the first thing seen.',
    'first view': 'From the request to what the page is there for.',
    'held up by scripts': 'Time in tasks over 50 ms.',
    'layout shift': "The browser's own measure of what jumps while it loads.",
    'script on the wire': 'Compressed, on a first visit.',
    'all on the wire': 'Compressed, on a first visit.',
    'files on the wire, second visit': 'What caches do not keep.',
    requests: 'On a first visit.',
    findings: 'Contrast, names, sizes of what is pressed, titles, errors in the console.',
  },
  needs: ['browser'],
  minutes: 5,
};
