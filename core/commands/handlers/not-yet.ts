import type { VerbName } from '../command.ts';
import type { CommandReply } from '../reply.ts';
import { refused } from '../reply.ts';

/** Verbs that are understood and cannot be done yet: what a person can do instead. */
const instead = {
  model: 'Which model answers is set by whoever runs me (OPENAI_MODEL); a thread cannot choose one yet.',
  template: 'There is one template so far, `assistant`; a thread cannot choose another yet.',
  policy: 'A thread cannot show or propose a policy yet. Whoever runs me decides what may be reached.',
  secrets: 'Secrets cannot be set from here yet. Never write one into chat.',
  link: 'Accounts of several platforms cannot be joined yet. Each account is a person of its own to me.',
  invite: 'I cannot invite people by a command yet. An administrator adds people.',
  usage: 'I keep no totals yet. The line under each answer says what that turn used.',
  feedback: 'I cannot pass feedback on yet. Tell an administrator.',
} satisfies Partial<Record<VerbName, string>>;

export type NotYet = keyof typeof instead;

export async function notYet({ verb }: { verb: NotYet }): Promise<CommandReply> {
  return refused(instead[verb]);
}
