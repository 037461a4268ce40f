/** Ways to give a command. Each adapter maps its own to one of these. */
export const surfaces = {
  /** `/deckhand …`, which Slack cannot send in a thread. */
  slack_slash: { inThread: false, strict: true },
  /** `@deckhand …` in a thread. */
  slack_mention: { inThread: true, strict: false },
  discord_slash: { inThread: true, strict: true },
  discord_mention: { inThread: true, strict: false },
  /** `!deckhand …` */
  matrix_bang: { inThread: true, strict: true },
  matrix_mention: { inThread: true, strict: false },
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
}

/** How a command begins there, for help. */
export const prefixes: Record<Surface, string> = {
  slack_slash: '/deckhand ',
  slack_mention: '@deckhand ',
  discord_slash: '/deckhand ',
  discord_mention: '@deckhand ',
  matrix_bang: '!deckhand ',
  matrix_mention: '@deckhand ',
  console: '/',
  cli: 'deckhand do ',
};
