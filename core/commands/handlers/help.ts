import type { Handler } from '../ports.ts';
import { offered, usage } from '../read-command.ts';
import { said } from '../reply.ts';
import { prefixes } from '../surfaces.ts';
import { verbs } from '../verbs.ts';

export const help: Handler<'help'> = async ({ about }, { surface }) => {
  const verb = verbs.find(({ name }) => name === about);
  if (verb) {
    const examples = verb.examples.map((example) => `- \`${prefixes[surface]}${example}\``);
    return said([usage(verb, surface), ...(verb.examples.length > 1 ? examples : [])].join('\n'));
  }
  const lines = verbs
    .filter((one) => offered(one, surface))
    .map(
      ({ name, help: words, examples }) =>
        `- \`${prefixes[surface]}${name === 'schedule' ? examples[0] : name}\` ${words}`,
    );
  return said(['What I understand here. Everything else is a request to me.', ...lines].join('\n'));
};
