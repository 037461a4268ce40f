import type { BareVerb, Command, VerbName } from './command.ts';
import { readQueue, readSchedules } from './read-actions.ts';

/** One verb: what it is called, what it takes, how it is explained, where it makes sense. */
export interface Verb {
  name: VerbName;
  /** What follows the name, as help shows it. */
  takes: string;
  help: string;
  examples: string[];
  /** It is about the thread it is said in. */
  needsThread: boolean;
  /**
   * What follows the name, as a command; null when it does not fit. `free` says that any words may follow: where any sentence
   * may be said, those need a colon (`steer: use tabs`).
   */
  read(rest: string): Command | null;
  free?: true;
  /** Is the answer for the eyes of whoever asks alone? */
  private?(command: Command): boolean;
  /** What it does stands in the thread by itself. */
  shows?: true;
}

const plain =
  (verb: BareVerb) =>
  (rest: string): Command | null =>
    rest === '' ? { verb } : null;

const text =
  (verb: 'new' | 'steer' | 'feedback') =>
  (rest: string): Command | null =>
    rest === '' ? null : { verb, text: rest };

const named =
  (verb: 'model' | 'template') =>
  (rest: string): Command | null => {
    if (rest === '') return { verb, name: null };
    const name = /^use (\S+)$/i.exec(rest)?.[1];
    return name ? { verb, name } : null;
  };

/** The one table. Its order is that of help. */
export const verbs: readonly Verb[] = [
  {
    name: 'help',
    takes: '[command]',
    help: 'what I understand here',
    examples: ['help', 'help schedules'],
    needsThread: false,
    read: (rest) => {
      if (rest === '') return { verb: 'help', about: null };
      const about = verbs.find(({ name }) => name === rest.toLowerCase())?.name;
      return about ? { verb: 'help', about } : null;
    },
  },
  {
    name: 'new',
    takes: '<request>',
    help: 'asks in a new thread',
    examples: ['new look at the failed backups'],
    needsThread: false,
    read: text('new'),
    free: true,
  },
  {
    name: 'status',
    takes: '',
    help: 'what this thread is doing',
    examples: ['status'],
    needsThread: true,
    read: plain('status'),
  },
  {
    name: 'stop',
    takes: '',
    help: 'stops what runs in this thread',
    examples: ['stop'],
    needsThread: true,
    shows: true,
    read: plain('stop'),
  },
  {
    name: 'retry',
    takes: '',
    help: 'asks the last request of this thread again',
    examples: ['retry'],
    needsThread: true,
    shows: true,
    read: plain('retry'),
  },
  {
    name: 'steer',
    takes: '<words>',
    help: 'says something to what runs now',
    examples: ['steer use the staging database'],
    needsThread: true,
    read: text('steer'),
    free: true,
  },
  {
    name: 'queue',
    takes: '[cancel N | edit N: words | move N to M]',
    help: 'what waits in this thread',
    examples: ['queue', 'queue cancel 2'],
    needsThread: true,
    read: readQueue,
  },
  {
    name: 'cancel',
    takes: '',
    help: 'takes back your newest request that still waits in this thread',
    examples: ['cancel'],
    needsThread: true,
    read: plain('cancel'),
  },
  {
    name: 'approve',
    takes: '[in this thread] [id]',
    help: 'says yes to what I ask in this thread',
    examples: ['approve', 'approve in this thread'],
    needsThread: true,
    shows: true,
    read: (rest) => {
      const found = /^(in this thread\b)?\s*(apr_\w+)?$/i.exec(rest);
      return found && { verb: 'approve', scope: found[1] ? 'thread' : 'once', approvalId: found[2] ?? null };
    },
  },
  {
    name: 'deny',
    takes: '[id]',
    help: 'says no to what I ask in this thread',
    examples: ['deny'],
    needsThread: true,
    shows: true,
    read: (rest) => {
      const found = /^(apr_\w+)?$/.exec(rest);
      return found && { verb: 'deny', approvalId: found[1] ?? null };
    },
  },
  {
    name: 'receipt',
    takes: '',
    help: 'what left the room in the last turn',
    examples: ['receipt'],
    needsThread: true,
    read: plain('receipt'),
  },
  {
    name: 'details',
    takes: '',
    help: 'every step of the last turn',
    examples: ['details'],
    needsThread: true,
    read: plain('details'),
  },
  {
    name: 'schedule',
    takes: '<when> <request>',
    help: 'does something later, or again and again; you say yes before it is saved',
    examples: [
      'every weekday at 9:00 check the backups',
      'every 15 minutes look at the queue',
      'on the first of the month at 6:00 in Europe/Berlin sum up the costs',
      'at friday 16:00 remind us of the release',
      'in 2 hours look at the build again',
      'cron "0 9 * * 1-5" check the backups',
    ],
    needsThread: false,
    read: (rest) => (rest === '' ? null : { verb: 'schedule', words: rest }),
    free: true,
  },
  {
    name: 'schedules',
    takes: '[pause | resume | run | history | delete N] [edit N <when> <request>]',
    help: 'your schedules, with their next and last runs',
    examples: ['schedules', 'schedules pause 1', 'schedules edit 1 every day at 8:00 check the backups'],
    needsThread: false,
    private: (command) =>
      command.verb === 'schedules' && (command.action.kind === 'list' || command.action.kind === 'history'),
    read: readSchedules,
  },
  {
    name: 'timezone',
    takes: '[zone]',
    help: 'the time zone that your times are in',
    examples: ['timezone', 'timezone Europe/Berlin'],
    needsThread: false,
    read: (rest) =>
      /^(?:[\w+-]+\/[\w+/-]+|utc)?$/i.test(rest) ? { verb: 'timezone', zone: rest || null } : null,
  },
  {
    name: 'model',
    takes: '[use NAME]',
    help: 'which model answers in this thread',
    examples: ['model', 'model use gpt-5.1'],
    needsThread: true,
    read: named('model'),
  },
  {
    name: 'template',
    takes: '[use NAME]',
    help: 'which agent answers in this thread',
    examples: ['template', 'template use reviewer'],
    needsThread: true,
    read: named('template'),
  },
  {
    name: 'policy',
    takes: '[show | propose: <words>]',
    help: 'what this thread may reach',
    examples: ['policy', 'policy propose: let this thread reach api.github.com'],
    needsThread: true,
    read: (rest) => {
      if (/^(show)?$/i.test(rest)) return { verb: 'policy', propose: null };
      const propose = /^propose:\s*(.+)$/is.exec(rest)?.[1];
      return propose ? { verb: 'policy', propose } : null;
    },
  },
  {
    name: 'secrets',
    takes: '',
    help: 'where your secrets are set; never write one into chat',
    examples: ['secrets'],
    needsThread: false,
    private: () => true,
    read: plain('secrets'),
  },
  {
    name: 'whoami',
    takes: '',
    help: 'who you are to me, and what you may do',
    examples: ['whoami'],
    needsThread: false,
    private: () => true,
    read: plain('whoami'),
  },
  {
    name: 'link',
    takes: '[code]',
    help: 'joins your accounts of several platforms into one person',
    examples: ['link', 'link 4F7K-92QX'],
    needsThread: false,
    private: () => true,
    read: (rest) =>
      /^(?:[A-Z0-9]{4}-[A-Z0-9]{4})?$/i.test(rest) ? { verb: 'link', code: rest || null } : null,
  },
  {
    name: 'signin',
    takes: '[server]',
    help: 'signs you in at a tool server of this thread, by a link for you alone',
    examples: ['signin', 'signin tickets'],
    needsThread: true,
    private: () => true,
    read: (rest) =>
      /^(?:[a-z][a-z0-9-]{0,19})?$/i.test(rest)
        ? { verb: 'signin', server: rest.toLowerCase() || null }
        : null,
  },
  {
    name: 'invite',
    takes: '<person>',
    help: 'lets somebody in on my page, by a link that you pass on',
    examples: ['invite @ben'],
    needsThread: false,
    private: () => true,
    read: (rest) => (/^(?:@\S+|<@\w+>|\S+@\S+)$/.test(rest) ? { verb: 'invite', who: rest } : null),
  },
  {
    name: 'usage',
    takes: '',
    help: 'what you have used',
    examples: ['usage'],
    needsThread: false,
    private: () => true,
    read: plain('usage'),
  },
  {
    name: 'feedback',
    takes: '<words>',
    help: 'tells the people who run me what you think',
    examples: ['feedback the answers are too long'],
    needsThread: false,
    private: () => true,
    read: text('feedback'),
    free: true,
  },
];
