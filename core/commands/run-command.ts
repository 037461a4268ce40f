import { DeckhandError } from '#core/errors.ts';
import type { Command, VerbName } from './command.ts';
import { model, policy, template } from './handlers/agent.ts';
import { approve, deny } from './handlers/approvals.ts';
import { feedback } from './handlers/feedback.ts';
import { help } from './handlers/help.ts';
import { invite } from './handlers/invite.ts';
import { link } from './handlers/link.ts';
import { timezone, whoami } from './handlers/people.ts';
import { cancel, queue } from './handlers/queue.ts';
import { schedule, schedules } from './handlers/schedules.ts';
import { secrets } from './handlers/secrets.ts';
import { signin } from './handlers/signin.ts';
import { steer } from './handlers/steer.ts';
import { begin, details, receipt, retry, status, stop } from './handlers/thread.ts';
import { usage } from './handlers/usage.ts';
import type { CommandContext, CommandDeps, Handler } from './ports.ts';
import { readCommand } from './read-command.ts';
import { type CommandReply, refused } from './reply.ts';
import { verbs } from './verbs.ts';

/** Who does what; a verb without an entry does not compile. */
const handlers: { [V in VerbName]: Handler<V> } = {
  help,
  new: begin,
  status,
  stop,
  retry,
  steer,
  queue,
  cancel,
  approve,
  deny,
  receipt,
  details,
  schedule,
  schedules,
  timezone,
  model,
  template,
  policy,
  secrets,
  whoami,
  link,
  signin,
  invite,
  usage,
  feedback,
};

/**
 * Does what a message says when it is a command; null when it is a request to the agent. What a person did wrong is
 * answered with words; what failed in us is thrown.
 */
export async function runCommand(
  message: string,
  context: CommandContext,
  deps: CommandDeps,
): Promise<CommandReply | null> {
  const reading = readCommand(message, context.surface);
  if (reading.kind === 'prompt') return null;
  if (reading.kind === 'fault') return refused(reading.message);
  return await perform(reading.command, context, deps);
}

/** Does what a command says. */
export async function perform(
  command: Command,
  context: CommandContext,
  deps: CommandDeps,
): Promise<CommandReply> {
  try {
    const handler = handlers[command.verb] as Handler<VerbName>;
    return withPlace(command, await handler(command, context, deps));
  } catch (error) {
    if (error instanceof DeckhandError && (error.blame === 'asker' || error.blame === 'policy')) {
      return refused(error.message);
    }
    throw error;
  }
}

/** Who may read the answer, and whether the thread shows it anyway: as the table of verbs says. */
function withPlace(command: Command, reply: CommandReply): CommandReply {
  const verb = verbs.find(({ name }) => name === command.verb);
  return {
    ...reply,
    ...(verb?.private?.(command) ? { private: true } : {}),
    ...(verb?.shows && reply.ok ? { shows: true } : {}),
  };
}
