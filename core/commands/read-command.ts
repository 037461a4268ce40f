import { readSchedule } from '#core/schedules/words/read-schedule.ts';
import type { Command } from './command.ts';
import { elsewhere, prefixes, type Surface, type SurfaceFacts, surfaces } from './surfaces.ts';
import { type Verb, verbs } from './verbs.ts';

export type CommandReading =
  | { kind: 'command'; command: Command }
  /** It was meant as a command; `message` shows what would be right. */
  | { kind: 'fault'; message: string }
  /** A request to the agent. */
  | { kind: 'prompt' };

/** Is this verb to be had there? */
export function offered(verb: Verb, surface: Surface): boolean {
  const { inThread, only }: SurfaceFacts = surfaces[surface];
  return only ? only.includes(verb.name) : !verb.needsThread || inThread;
}

/**
 * Reads a message. Where any sentence may be said, it is a command only if the whole of it reads as a verb and its
 * arguments: `stop` stops, `stop using tabs` is a request. Where everything is a command, what is none is a fault. Pure.
 */
export function readCommand(message: string, surface: Surface): CommandReading {
  const text = message.trim();
  const { strict, only }: SurfaceFacts = surfaces[surface];
  const [, word = '', colon = '', after = ''] = /^(\S+?)(:?)(?:\s+(.*))?$/s.exec(text) ?? [];
  const verb = verbs.find(({ name }) => name === word.toLowerCase());
  const command = verb && fits(verb, after.trim(), strict || colon !== '');
  if (verb && command) {
    if (offered(verb, surface)) return { kind: 'command', command };
    // A bare word where people talk to each other, and to the agent, is what they say.
    return only && !strict ? { kind: 'prompt' } : notHere(verb, surface);
  }
  if (only && !strict) return { kind: 'prompt' };
  if (!only && soundsLikeTime(text, strict))
    return { kind: 'command', command: { verb: 'schedule', words: text } };
  if (!strict) return { kind: 'prompt' };
  return { kind: 'fault', message: verb ? usage(verb, surface) : unknown(word, surface) };
}

function fits(verb: Verb, rest: string, freely: boolean): Command | null {
  return verb.free && !freely ? null : verb.read(rest);
}

/**
 * Does it begin with a time? What is only unclear about one is a command too, and is asked about. Neither now nor the zone
 * matter for that: a time that is past is one as well.
 */
function soundsLikeTime(text: string, strict: boolean): boolean {
  const { kind } = readSchedule(text, new Date(0), 'UTC');
  return kind === 'read' || kind === 'unclear' || kind === 'wrong' || (strict && kind === 'incomplete');
}

/** One line of help for a verb. */
export function usage(verb: Verb, surface: Surface): string {
  const prefix = prefixes[surface];
  const examples = verb.examples.map((example) => `\`${prefix}${example}\``);
  return `\`${prefix}${verb.name}${verb.takes ? ` ${verb.takes}` : ''}\`: ${verb.help}. For example ${examples.join(', ')}.`;
}

function notHere(verb: Verb, surface: Surface): CommandReading {
  const why = surfaces[surface].inThread
    ? 'does not work from here.'
    : 'is about one thread, and from here I do not know which.';
  const where = elsewhere[surface].replace('VERB', verb.name);
  return { kind: 'fault', message: `\`${verb.name}\` ${why} Instead, ${where}.` };
}

function unknown(word: string, surface: Surface): string {
  const prefix = prefixes[surface];
  if (word === '') return `Write a command, for example \`${prefix}help\`.`;
  const like = verbs
    .map(({ name }) => ({ name, far: distance(name, word.toLowerCase()) }))
    .filter(({ far }) => far <= 2)
    .sort((a, b) => a.far - b.far)[0];
  const hint = like
    ? `Did you mean \`${prefix}${like.name}\`?`
    : `\`${prefix}help\` lists what I know; \`${prefix}new …\` asks me anything.`;
  return `I know no command \`${word.slice(0, 40)}\`. ${hint}`;
}

/** How many letters differ, added or missing. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
