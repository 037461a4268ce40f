import type { VerbName } from '../command.ts';
import type { CommandReply } from '../reply.ts';
import { refused } from '../reply.ts';

/** Verbs that are understood and cannot be done yet: what a person can do instead. */
const instead = {
  invite: 'I cannot invite people by a command yet. An administrator adds people.',
} satisfies Partial<Record<VerbName, string>>;

export type NotYet = keyof typeof instead;

export async function notYet({ verb }: { verb: NotYet }): Promise<CommandReply> {
  return refused(instead[verb]);
}
