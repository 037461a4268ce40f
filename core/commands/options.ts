import type { VerbName } from './command.ts';
import type { Verb } from './verbs.ts';

/** One thing that a verb takes, for surfaces where people fill in fields. */
export interface VerbOption {
  /** Lower case, up to 32 characters. */
  name: string;
  /** Up to 100 characters. */
  about: string;
  required?: true;
  /** The values there are, up to 25. */
  choices?: readonly string[];
  /** Values that are offered while somebody types. */
  completes?: 'schedule' | 'zone' | 'when';
}

export interface VerbFields {
  options: readonly VerbOption[];
  /** Where one of these is left out, a form asks for the whole of what follows the verb. */
  form?: readonly string[];
  /** What follows the verb in words. Left out: the values in their order. */
  words?(values: Record<string, string>): string;
}

const scheduleActions = ['list', 'pause', 'resume', 'run', 'edit', 'delete', 'history', 'save', 'drop'];

const fields: Partial<Record<VerbName, VerbFields>> = {
  new: {
    options: [{ name: 'request', about: 'What I shall do. Left out: a form opens' }],
    form: ['request'],
  },
  steer: {
    options: [{ name: 'words', about: 'What I shall know. Left out: a form opens' }],
    form: ['words'],
  },
  feedback: {
    options: [{ name: 'words', about: 'What you think. Left out: a form opens' }],
    form: ['words'],
  },
  schedule: {
    options: [
      { name: 'when', about: 'For example: every weekday at 9:00', completes: 'when' },
      { name: 'request', about: 'What I shall do then. Left out: a form opens' },
    ],
    form: ['when', 'request'],
  },
  schedules: {
    options: [
      { name: 'action', about: 'Left out: the list', choices: scheduleActions },
      { name: 'which', about: 'One of yours', completes: 'schedule' },
      { name: 'words', about: 'To edit: when, and what I shall do' },
    ],
  },
  queue: {
    options: [
      { name: 'action', about: 'Left out: the list', choices: ['list', 'cancel', 'edit', 'move'] },
      { name: 'place', about: 'The number in the list' },
      { name: 'to', about: 'To move: the new place' },
      { name: 'words', about: 'To edit: the new words' },
    ],
    words: ({ action = '', place = '', to = '', words = '' }) => {
      if (action === 'edit') return `edit ${place}: ${words}`;
      if (action === 'move') return `move ${place} to ${to}`;
      return `${action} ${action === 'cancel' ? place : ''}`.trim();
    },
  },
  approve: {
    options: [
      { name: 'scope', about: 'Left out: this once', choices: ['in this thread'] },
      { name: 'id', about: 'Which question, where there are several' },
    ],
  },
  deny: { options: [{ name: 'id', about: 'Which question, where there are several' }] },
  timezone: { options: [{ name: 'zone', about: 'For example Europe/Berlin', completes: 'zone' }] },
  model: { options: [{ name: 'name', about: 'Left out: which it is' }], words: use },
  template: { options: [{ name: 'name', about: 'Left out: which it is' }], words: use },
  policy: {
    options: [{ name: 'propose', about: 'What this thread shall be allowed to do' }],
    words: ({ propose }) => (propose ? `propose: ${propose}` : ''),
  },
  signin: { options: [{ name: 'server', about: 'Left out: where one can' }] },
  link: { options: [{ name: 'code', about: 'The code from your other account. Left out: a new one' }] },
  invite: { options: [{ name: 'who', about: 'For example @ben', required: true }] },
};

function use({ name }: Record<string, string>): string {
  return name ? `use ${name}` : '';
}

/** What a verb takes, as fields to fill in. */
export function fieldsOf({ name, takes }: Pick<Verb, 'name' | 'takes'>): VerbFields {
  const general = takes === '' ? [] : [{ name: 'words', about: takes.slice(0, 100) }];
  return fields[name] ?? { options: general };
}

/** A verb with the values of its fields, in the words of the one grammar. */
export function lineOf(verb: Pick<Verb, 'name' | 'takes'>, values: Record<string, string>): string {
  const { options, words } = fieldsOf(verb);
  const rest = words ? words(values) : options.flatMap(({ name }) => values[name] ?? []).join(' ');
  return `${verb.name} ${rest}`.trim();
}
