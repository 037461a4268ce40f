/** A command that people give in words. */
export type Verb = 'stop' | 'retry' | 'status' | 'help';

/** Where a verb can be given. */
export type Surface = 'mention' | 'reply' | 'shortcut' | 'slash' | 'button';

/**
 * Verb × surface: does it work there? Adapters offer what stands here and nothing else. A reply is a message in a
 * session's thread without a mention.
 */
export const verbTable: Record<Verb, Record<Surface, boolean>> = {
  stop: { mention: true, reply: true, shortcut: true, slash: false, button: true },
  retry: { mention: true, reply: false, shortcut: true, slash: false, button: true },
  status: { mention: true, reply: false, shortcut: false, slash: true, button: false },
  help: { mention: true, reply: false, shortcut: false, slash: true, button: false },
};

const surfaceNames: Record<Surface, string> = {
  mention: 'write `@deckhand VERB` in the thread',
  reply: 'write `VERB` in the thread',
  shortcut: 'choose it in the menu of a message',
  slash: 'write `/deckhand VERB` outside of threads',
  button: 'press the button under a post',
};

/**
 * The verb that a message consists of, or null: `stop` is a command, `stop using tabs` is a request.
 */
export function verbOf(text: string): Verb | null {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/[.!]+$/, '');
  return Object.hasOwn(verbTable, word) ? (word as Verb) : null;
}

/** What to say where a verb does not work: the ways that do. */
export function wayOut(verb: Verb): string {
  const ways = Object.entries(verbTable[verb])
    .filter(([, works]) => works)
    .map(([surface]) => surfaceNames[surface as Surface].replace('VERB', verb));
  return `\`${verb}\` does not work here. Instead, ${ways.join(', or ')}.`;
}
