import type { About } from '../about.ts';

export const about: About = {
  title: 'Sandboxes',
  how: `On the Docker engine at hand, nine rounds, turn about: the Docker client that comes with the Agents SDK (over the docker command line, with
default rights), and ours (everything of \`docs/security.md\` set). Each makes a container from the same image and runs \`echo\`. Ratios are of medians.`,
  figures: {
    'Agents SDK': "The peer's own times, which ours are a share of.",
    'cold start to first output': 'From nothing to the output of the first command.',
    'warm claim to first output':
      'With a sandbox that was made in advance, 100 ms after the turn has begun and announced it: sooner than any model orders a command.',
    'warm claim that no turn announced': 'With a sandbox made in advance, and the person only known now.',
    'command in a running sandbox': 'To the result of a keyed command, which outlives its worker.',
    '16 cold starts at once': 'What a crowd waits for on this machine.',
  },
  needs: ['sandboxes'],
  minutes: 4,
};
