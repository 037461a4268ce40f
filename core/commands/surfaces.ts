import type { VerbName } from './command.ts';

/** Ways to give a command. Each adapter maps its own to one of these. */
export const surfaces = {
  /** `/deckhand …`, which Slack cannot send in a thread. */
  slack_slash: { inThread: false, strict: true },
  /** `@deckhand …` in a thread. */
  slack_mention: { inThread: true, strict: false },
  /** A message in a session's thread without a mention. Few words are commands there: people talk to each other. */
  slack_reply: { inThread: true, strict: false, only: ['stop', 'steer'] },
  /** The menu of a message. */
  slack_shortcut: { inThread: true, strict: true, only: ['stop', 'retry', 'status'] },
  discord_slash: { inThread: true, strict: true },
  discord_mention: { inThread: true, strict: false },
  discord_reply: { inThread: true, strict: false, only: ['stop', 'steer'] },
  /** `!deckhand …`, which also begins a request. */
  matrix_bang: { inThread: true, strict: false },
  matrix_mention: { inThread: true, strict: false },
  matrix_reply: { inThread: true, strict: false, only: ['stop', 'steer'] },
  /** `/…` */
  console: { inThread: true, strict: true },
  /** `deckhand …` in a terminal, and programs. */
  cli: { inThread: false, strict: true },
} as const satisfies Record<string, SurfaceFacts>;

export type Surface = keyof typeof surfaces;

export interface SurfaceFacts {
  /** Does it know which thread it is about? */
  inThread: boolean;
  /** Is everything said there a command? Otherwise what is none is a request to the agent. */
  strict: boolean;
  /** The verbs that are to be had there; left out: all that make sense. */
  only?: readonly VerbName[];
}

/** How a command begins there, for help. */
export const prefixes: Record<Surface, string> = {
  slack_slash: '/deckhand ',
  slack_mention: '@deckhand ',
  slack_reply: '',
  slack_shortcut: '@deckhand ',
  discord_slash: '/deckhand ',
  discord_mention: '@deckhand ',
  discord_reply: '',
  matrix_bang: '!deckhand ',
  matrix_mention: '@deckhand ',
  matrix_reply: '',
  console: '/',
  cli: 'deckhand do ',
};

/** Where a verb that does not work on a surface does work, in words that follow "Instead, …". */
export const elsewhere: Record<Surface, string> = {
  slack_slash: 'mention me in the thread: `@deckhand VERB`',
  slack_mention: 'use `/deckhand VERB`',
  slack_reply: 'mention me: `@deckhand VERB`',
  slack_shortcut: 'mention me in the thread: `@deckhand VERB`',
  discord_slash: 'mention me in the thread: `@deckhand VERB`',
  discord_mention: 'use `/deckhand VERB`',
  discord_reply: 'mention me: `@deckhand VERB`',
  matrix_bang: 'mention me in the thread: `@deckhand VERB`',
  matrix_mention: 'write `!deckhand VERB` in the thread',
  matrix_reply: 'mention me, or write `!deckhand VERB`',
  console: 'use it in the thread',
  cli: 'use it in the thread',
};
